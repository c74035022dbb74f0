package dev.execlaw.microvm.image.base;

import dev.execlaw.microvm.process.CommandException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** How an archive is compressed. */
enum Compression {
    NONE,
    GZIP,
    ZSTD;

    private static final int BUFFER = 1 << 18;

    static Compression of(byte[] head) {
        if (Magic.GZIP.matches(head)) {
            return GZIP;
        }
        return Magic.ZSTD.matches(head) ? ZSTD : NONE;
    }

    /** The content: a stream, or for zstd, which Java cannot read, a file in {@code scratch} made by its program. */
    InputStream open(Path file, Path scratch, long limit) throws IOException, InterruptedException {
        return switch (this) {
            case NONE -> new BufferedInputStream(Files.newInputStream(file), BUFFER);
            case GZIP -> new BufferedInputStream(new GZIPInputStream(Files.newInputStream(file), BUFFER), BUFFER);
            case ZSTD -> new BufferedInputStream(Files.newInputStream(unpacked(file, scratch, limit)), BUFFER);
        };
    }

    private static Path unpacked(Path file, Path scratch, long limit) throws IOException, InterruptedException {
        Path target = scratch.resolve(file.getFileName() + ".unpacked");
        if (Files.exists(target)) {
            return target; // a layer is read twice
        }
        try {
            Bounded.command(limit, "zstd", "-d", "-q", "-f", "-o", target.toString(), file.toString())
                    .runOrThrow();
        } catch (CommandException e) {
            throw Bounded.explained(e, file, limit, "zstd (package zstd) could not unpack it");
        }
        return target;
    }
}

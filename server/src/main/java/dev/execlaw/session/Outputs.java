package dev.execlaw.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole outputs of one session's tools where an event holds only the beginning: a file for each, the oldest removed
 * when all together become too much. Any thread may use it.
 *
 * @param most bytes of all of them
 */
record Outputs(Path directory, long most) {

    /** What one session's outputs may take. */
    static final long MOST_BYTES = 64L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(Outputs.class);
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9-]{1,64}");

    /** Keeps an output; one that cannot be kept is missed by who asks for it, and by nobody else. */
    void keep(String call, String output) {
        try {
            write(file(call), output.getBytes(UTF_8));
            makeRoom();
        } catch (IOException e) {
            LOG.warn("an output of {} characters is not kept in {}", output.length(), directory, e);
        }
    }

    /** The output of this call, UTF-8; empty when none is kept. */
    Optional<byte[]> find(String call) throws IOException {
        if (!ID.matcher(call).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Files.readAllBytes(file(call)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private Path file(String call) {
        if (!ID.matcher(call).matches()) {
            throw new IllegalArgumentException("\"" + call + "\" is no id of a tool call");
        }
        return directory.resolve(call);
    }

    /** Whole or not at all: who reads meanwhile sees no half. */
    private void write(Path file, byte[] bytes) throws IOException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path unfinished = Files.createTempFile(directory, ".", ".part");
        try {
            Files.write(unfinished, bytes);
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    private void makeRoom() throws IOException {
        List<Kept> kept = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Kept.of(file).ifPresent(kept::add);
            }
        }
        kept.sort(Comparator.comparing(Kept::time).reversed());
        long sum = 0;
        for (Kept each : kept) {
            sum += each.bytes();
            if (sum > most) {
                Files.deleteIfExists(each.file());
            }
        }
    }

    private record Kept(Path file, long bytes, FileTime time) {

        static Optional<Kept> of(Path file) throws IOException {
            try {
                return Optional.of(new Kept(file, Files.size(file), Files.getLastModifiedTime(file)));
            } catch (NoSuchFileException e) {
                return Optional.empty(); // another thread made room, or finished writing
            }
        }
    }
}

package dev.execlaw.microvm.image.base;

import dev.execlaw.microvm.image.tree.EntryReader;
import dev.execlaw.microvm.image.tree.TarReader;
import dev.execlaw.microvm.process.CommandException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** A directory that holds an unpacked root filesystem. */
record DirectoryBase(Path path) implements Base {

    @Override
    public String kind() {
        return "directory";
    }

    @Override
    public SortedMap<String, String> inputs() throws IOException {
        return new TreeMap<>(Map.of(
                "file",
                String.valueOf(path.toAbsolutePath().normalize().getFileName()),
                "sha256",
                TreeDigest.of(path)));
    }

    @Override
    public EntryReader open(Path scratch, long limit) throws IOException, InterruptedException {
        Path tar = scratch.resolve("directory.tar");
        try {
            // GNU tar sees names as bytes, hard links and devices as what they are, and follows no link.
            Bounded.command(
                            limit,
                            "tar",
                            "--create",
                            "--format=pax",
                            "--sort=name",
                            "--numeric-owner",
                            "--pax-option=delete=atime,delete=ctime",
                            "--directory",
                            path.toString(),
                            "--file",
                            tar.toString(),
                            ".")
                    .runOrThrow();
        } catch (CommandException e) {
            throw Bounded.explained(e, path, limit, "tar could not pack it");
        }
        return new Named(path, new TarReader(new BufferedInputStream(Files.newInputStream(tar), 1 << 18)));
    }
}

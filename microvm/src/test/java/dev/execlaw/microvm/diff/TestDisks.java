package dev.execlaw.microvm.diff;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.process.Command;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Disks as mkfs.ext4, debugfs and qemu-img make them, in one directory. */
record TestDisks(Path directory) {

    /** A raw disk of 16 MiB with a copy of the tree. */
    Disk of(String name, Path tree, String... options) throws Exception {
        Path file = directory.resolve(name);
        List<String> argv = new ArrayList<>(List.of("mkfs.ext4", "-q", "-F", "-d", tree.toString()));
        argv.addAll(List.of(options));
        argv.addAll(List.of(file.toString(), "16M"));
        Command.of(argv).runOrThrow();
        return new Disk(file, Disk.Format.RAW);
    }

    /** A copy of a raw disk, changed by requests to debugfs. */
    Disk changed(Disk disk, String name, String... requests) throws Exception {
        Path file = directory.resolve(name);
        Command.of("cp", "--sparse=always", disk.path().toString(), file.toString())
                .runOrThrow();
        debugfs(file, requests);
        return new Disk(file, Disk.Format.RAW);
    }

    void debugfs(Path file, String... requests) throws Exception {
        Path script = directory.resolve("script");
        Files.write(script, List.of(requests), StandardCharsets.ISO_8859_1);
        String stderr = Command.of("debugfs", "-w", "-f", script.toString(), file.toString())
                .runOrThrow()
                .stderr();
        assertThat(stderr.lines().filter(line -> !line.startsWith("debugfs 1.")))
                .isEmpty();
    }

    /** The answer of debugfs. */
    static String ask(Disk disk, String request) throws Exception {
        return Command.of("debugfs", "-R", request, disk.path().toString())
                .runOrThrow()
                .stdout();
    }

    /** A qcow2 layer over {@code base} that makes it read as {@code changed} does. */
    Disk layer(Disk base, Disk changed, String name, String... options) throws Exception {
        Path file = directory.resolve(name);
        List<String> argv = new ArrayList<>(List.of("qemu-img", "create", "-q", "-f", "qcow2"));
        argv.addAll(List.of(options));
        argv.addAll(List.of("-F", format(changed), "-b", changed.path().toString(), file.toString()));
        Command.of(argv).runOrThrow();
        Command.of(
                        "qemu-img",
                        "rebase",
                        "-f",
                        "qcow2",
                        "-F",
                        format(base),
                        "-b",
                        base.path().toString(),
                        file.toString())
                .runOrThrow();
        return new Disk(file, Disk.Format.QCOW2);
    }

    DiffReport diff(Disk older, Disk newer) throws DiffException {
        return new DiskDiff(List.of(directory)).between(older, newer, DiffLimits.DEFAULT);
    }

    private static String format(Disk disk) {
        return disk.format() == Disk.Format.RAW ? "raw" : "qcow2";
    }
}

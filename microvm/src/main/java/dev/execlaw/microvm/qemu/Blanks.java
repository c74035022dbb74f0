package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.MachineSpec.Nic;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.machine.SavedState;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Templates of machines that never ran: an empty memory, and the devices as they are then. What was booted without a
 * template is saved as what differs from one of these, so that it is saved as a clone is. One for each shape of machine,
 * made when it is first asked for (about a tenth of a second) and kept. Any thread may use it.
 *
 * @param directory where they are kept
 * @param version of QEMU
 */
record Blanks(Path directory, String version) {

    private static final Duration START = Duration.ofSeconds(20);
    private static final int DISK = 1 << 20;

    /** Makes the machine that is saved before it runs. */
    @FunctionalInterface
    interface Starter {
        QemuMachine create(MachineSpec spec);
    }

    /** Whether that is a template of this kind: it has no memory that needs to be read. */
    boolean holds(Path template) {
        return template.toAbsolutePath()
                .normalize()
                .startsWith(directory.toAbsolutePath().normalize());
    }

    /** The template for machines as this one. */
    Path of(MachineSpec spec, Starter starter) throws IOException {
        String shape = version + "\n" + spec.vcpus() + "\n" + spec.memoryMiB();
        Path place = directory.resolve(hash(shape));
        if (!Files.exists(place)) {
            make(spec, place, starter);
        }
        return place;
    }

    /**
     * Makes one on a thread of its own, which no interrupt reaches: who asked may give up, but a machine that is ended half
     * started would leave its process and its cgroup behind, and nobody's ledger has them.
     */
    private void make(MachineSpec spec, Path place, Starter starter) throws IOException {
        CompletableFuture<Path> made = new CompletableFuture<>();
        Thread.ofVirtual().name("blank-" + spec.name()).start(() -> {
            try {
                Files.createDirectories(directory);
                Path temporary = Files.createTempDirectory(directory, BlankLeftovers.prefix());
                try {
                    publish(record(spec, temporary, starter), place);
                } finally {
                    DirectoryTree.delete(temporary);
                }
                made.complete(place);
            } catch (IOException | RuntimeException e) {
                made.completeExceptionally(e);
            }
        });
        try {
            made.get();
        } catch (ExecutionException e) {
            String why =
                    e.getCause() instanceof IOException known ? String.valueOf(known.getMessage()) : e.getMessage();
            throw new IOException(why, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(
                    "interrupted while an empty template for machines as " + spec.name() + " was made", e);
        }
    }

    private static void publish(Path made, Path place) throws IOException {
        try {
            Files.move(made, place, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            // Another thread or process was first, and its one is as good.
            if (!Files.exists(place)) {
                throw e;
            }
        }
    }

    private static Path record(MachineSpec spec, Path temporary, Starter starter) throws IOException {
        Path state = Files.createDirectory(temporary.resolve("state"));
        Path disk = temporary.resolve("disk.raw");
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(DISK);
        }
        // The kind of its card and the limits of its disk do not show in what is taken of it.
        Nic nic = new Nic.User(spec.nic().slot(), Path.of("/nonexistent"), 1);
        MachineSpec blank = new MachineSpec(
                machineName(temporary),
                temporary,
                spec.boot(),
                new Disk(disk, Disk.Format.RAW),
                spec.vcpus(),
                spec.memoryMiB(),
                nic,
                Limits.NONE,
                null,
                new Memory.Recorded(state.resolve(SavedState.MEMORY)));
        try (QemuMachine machine = starter.create(blank)) {
            machine.startPaused(START);
            machine.record(state);
        } catch (MachineException e) {
            throw new IOException(
                    "an empty template for machines as " + spec.name() + " was not made: " + e.getMessage(), e);
        }
        return state;
    }

    /** Name of the machine that is made in that directory. */
    static String machineName(Path temporary) {
        return "blank-" + hash(temporary.toString());
    }

    /** 16 hexadecimal digits. */
    static String hash(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}

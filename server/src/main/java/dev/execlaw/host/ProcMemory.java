package dev.execlaw.host;

import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.microvm.process.Processes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Memory as Linux tells it: {@code MemTotal} and {@code MemAvailable} of /proc/meminfo, {@code Pss} of a process's
 * smaps_rollup (proc(5)).
 */
public final class ProcMemory implements HostMemory {

    private static final long PAGE_BYTES = 4096;

    private final Path proc;

    public ProcMemory() {
        this(Path.of("/proc"));
    }

    ProcMemory(Path proc) {
        this.proc = proc;
    }

    @Override
    public int totalMiB() {
        return hostField("MemTotal:");
    }

    @Override
    public int availableMiB() {
        return hostField("MemAvailable:");
    }

    @Override
    public int proportionalMiB(ProcessIdentity process) {
        if (!Processes.alive(process)) {
            return 0;
        }
        Path directory = proc.resolve(Long.toString(process.pid()));
        try {
            return field(directory.resolve("smaps_rollup"), "Pss:");
        } catch (AccessDeniedException | NoSuchFileException e) {
            // Root without CAP_SYS_PTRACE may not look into another user's process; statm it may always read.
            return residentMiB(process, directory, e);
        } catch (IOException e) {
            return goneOrThrow(process, e);
        }
    }

    /** More than the proportional share, by the pages that others have too: an error to the safe side. */
    private static int residentMiB(ProcessIdentity process, Path directory, IOException cause) {
        try {
            String statm = Files.readString(directory.resolve("statm"));
            return (int) ((Long.parseLong(statm.split(" ", 3)[1]) * PAGE_BYTES) >> 20);
        } catch (IOException e) {
            e.addSuppressed(cause);
            return goneOrThrow(process, e);
        }
    }

    /** Linux answers ENOENT or ESRCH when the process goes between the look at it and the read. */
    private static int goneOrThrow(ProcessIdentity process, IOException e) {
        if (Processes.alive(process)) {
            throw new UncheckedIOException("the memory of process " + process.pid() + " cannot be read", e);
        }
        return 0;
    }

    private int hostField(String name) {
        try {
            return field(proc.resolve("meminfo"), name);
        } catch (IOException e) {
            throw new UncheckedIOException("the host's memory cannot be read: " + e.getMessage(), e);
        }
    }

    private static int field(Path file, String name) throws IOException {
        String line = Files.readAllLines(file).stream()
                .filter(l -> l.startsWith(name))
                .findFirst()
                .orElseThrow(() -> new IOException("no " + name + " in " + file));
        return (int) (Long.parseLong(line.replaceAll("\\D", "")) >> 10);
    }
}

package dev.execlaw.host;

import dev.execlaw.microvm.process.ProcessIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Memory as Linux tells it: {@code MemTotal} and {@code MemAvailable} of /proc/meminfo, statm of a process (proc(5)). */
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
        return field("MemTotal:");
    }

    @Override
    public int availableMiB() {
        return field("MemAvailable:");
    }

    @Override
    public int residentMiB(ProcessIdentity process) {
        try {
            String statm = Files.readString(proc.resolve(process.pid() + "/statm"));
            return (int) ((Long.parseLong(statm.split(" ", 3)[1]) * PAGE_BYTES) >> 20);
        } catch (NoSuchFileException _) {
            return 0;
        } catch (IOException e) {
            // Linux answers ESRCH when the process goes between open and read.
            return Files.exists(proc.resolve(Long.toString(process.pid()))) ? fail(e) : 0;
        }
    }

    private int field(String name) {
        try {
            List<String> lines = Files.readAllLines(proc.resolve("meminfo"));
            String line = lines.stream()
                    .filter(l -> l.startsWith(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no " + name + " in " + proc + "/meminfo"));
            return (int) (Long.parseLong(line.replaceAll("\\D", "")) >> 10);
        } catch (IOException e) {
            return fail(e);
        }
    }

    private static int fail(IOException e) {
        throw new UncheckedIOException("the host's memory cannot be read: " + e.getMessage(), e);
    }
}

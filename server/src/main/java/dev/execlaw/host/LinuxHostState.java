package dev.execlaw.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of this Linux host. A kernel may come without pressure stall information, or with it switched off (reading
 * then fails with EOPNOTSUPP); that is said once in the log, and available memory alone decides.
 */
public final class LinuxHostState implements HostState {

    private static final Logger LOG = LoggerFactory.getLogger(LinuxHostState.class);
    private static final Path HOST = Path.of("/proc/pressure/memory");
    private static final Pattern LINE =
            Pattern.compile("^(?<kind>some|full) avg10=(?<percent>\\d+\\.\\d+) ", Pattern.MULTILINE);

    private final HostMemory memory;
    private final Path dataDirectory;
    private final Source hostStalls;
    private final @Nullable Source machineStalls;

    /**
     * The state of the host around a data directory.
     *
     * @param cgroup control group that those of the machines are in; null where they are in none
     */
    public LinuxHostState(HostMemory memory, Path dataDirectory, @Nullable Path cgroup) {
        this(memory, dataDirectory, HOST, cgroup == null ? null : cgroup.resolve("memory.pressure"));
    }

    LinuxHostState(HostMemory memory, Path dataDirectory, Path hostStalls, @Nullable Path machineStalls) {
        this.memory = memory;
        this.dataDirectory = dataDirectory;
        this.hostStalls = new Source(hostStalls);
        this.machineStalls = machineStalls == null ? null : new Source(machineStalls);
    }

    @Override
    public int availableMiB() {
        return memory.availableMiB();
    }

    @Override
    public int totalMiB() {
        return memory.totalMiB();
    }

    @Override
    public Stalls host() {
        return hostStalls.read();
    }

    @Override
    public Stalls machines() {
        return machineStalls == null ? Stalls.NONE : machineStalls.read();
    }

    @Override
    public long freeDiskMiB() {
        try {
            return Files.getFileStore(dataDirectory).getUsableSpace() >> 20;
        } catch (IOException e) {
            throw new UncheckedIOException("the free space of " + dataDirectory + " cannot be read", e);
        }
    }

    /** One file of stalls. The control group of the machines is made with the first of them, so a missing file may appear. */
    private static final class Source {

        private final Path file;
        private volatile boolean told;
        private volatile boolean unusable;

        Source(Path file) {
            this.file = file;
        }

        Stalls read() {
            if (unusable) {
                return Stalls.NONE;
            }
            try {
                return parse(file);
            } catch (NoSuchFileException _) {
                tell("it is not there");
            } catch (IOException e) {
                unusable = true;
                tell(e.toString());
            }
            return Stalls.NONE;
        }

        private void tell(String reason) {
            if (!told) {
                told = true;
                LOG.info("no memory stalls from {} ({}): available memory alone tells of pressure", file, reason);
            }
        }
    }

    private static Stalls parse(Path file) throws IOException {
        double some = 0;
        double full = 0;
        boolean found = false;
        Matcher line = LINE.matcher(Files.readString(file));
        while (line.find()) {
            double percent = Double.parseDouble(line.group("percent"));
            if (line.group("kind").equals("some")) {
                some = percent;
                found = true;
            } else {
                full = percent;
            }
        }
        if (!found) {
            throw new IOException("no line \"some avg10=...\" in " + file);
        }
        return new Stalls(some, full);
    }
}

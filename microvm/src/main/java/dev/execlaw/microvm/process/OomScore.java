package dev.execlaw.microvm.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whom the kernel kills first when memory has run out: {@code /proc/PID/oom_score_adj} (proc(5)). */
final class OomScore {

    private static final Logger LOG = LoggerFactory.getLogger(OomScore.class);
    private static final int MOST = 1000;

    /** As if it used half of the host's memory more than it does: far beyond what this process can take. */
    private static final int DISTANCE = 500;

    private OomScore() {}

    /** Puts a child before this process. It takes no privilege to raise the score; what the child starts has it too. */
    static void raise(long pid) {
        try {
            int own = Integer.parseInt(
                    Files.readString(Path.of("/proc/self/oom_score_adj")).strip());
            Files.writeString(
                    Path.of("/proc", Long.toString(pid), "oom_score_adj"),
                    Integer.toString(Math.min(MOST, own + DISTANCE)),
                    StandardOpenOption.WRITE);
        } catch (IOException e) {
            if (Processes.identify(pid).isPresent()) {
                LOG.warn("process {} may outlive this one when memory runs out: {}", pid, e.toString());
            }
        }
    }
}

package dev.execlaw.host;

import dev.execlaw.microvm.process.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Processes of the host, as far as the ledger needs them. Any thread may use it. */
public interface HostProcesses {

    /**
     * Living processes that tell this path, or something below it, as {@link dev.execlaw.microvm.process.Processes#find}
     * looks for it; never this one.
     */
    List<ProcessIdentity> mentioning(Path path) throws IOException;

    boolean alive(ProcessIdentity process);

    /**
     * Kills a process and waits until it is gone; does nothing when it is gone already.
     *
     * @throws IOException when it still lives after the deadline
     */
    void kill(ProcessIdentity process, Duration deadline) throws IOException;
}

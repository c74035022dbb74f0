package dev.execlaw.host;

import dev.execlaw.microvm.process.HostProcess;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.microvm.process.Processes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The processes of this Linux host. */
public final class LinuxProcesses implements HostProcesses {

    @Override
    public List<ProcessIdentity> mentioning(Path path) throws IOException {
        return Processes.find(path);
    }

    @Override
    public boolean alive(ProcessIdentity process) {
        return Processes.alive(process);
    }

    @Override
    public void kill(ProcessIdentity process, Duration deadline) throws IOException {
        Optional<HostProcess> living = HostProcess.adopt(process);
        if (living.isPresent()) {
            try (HostProcess held = living.get()) {
                held.kill(deadline);
            }
        }
    }
}

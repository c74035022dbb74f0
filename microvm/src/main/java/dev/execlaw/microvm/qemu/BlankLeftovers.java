package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.process.HostProcess;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.microvm.process.Processes;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a process that ended while it made an empty template has left: a VMM, its cgroup, a directory. Any thread. */
final class BlankLeftovers {

    private static final Logger LOG = LoggerFactory.getLogger(BlankLeftovers.class);
    private static final Duration KILL = Duration.ofSeconds(10);
    private static final Pattern NAME = Pattern.compile("new-(\\d{1,18})-(\\d{1,18})-.*");

    private BlankLeftovers() {}

    /** Beginning of the name of a directory that this process makes one in: it tells who must live for it to be in use. */
    static String prefix() throws IOException {
        ProcessIdentity self = Processes.identify(ProcessHandle.current().pid())
                .orElseThrow(() -> new IOException("/proc does not tell of this process itself"));
        return "new-" + self.pid() + "-" + self.startTicks() + "-";
    }

    /** Removes what those left who live no more. What cannot be removed is logged, and left to the next one. */
    static void sweep(Path directory, Confinement confinement) {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "new-*")) {
            for (Path entry : entries) {
                if (!inUse(entry.getFileName().toString())) {
                    remove(entry, confinement);
                }
            }
        } catch (IOException e) {
            LOG.warn("what was left behind in {} was not all removed: {}", directory, e.getMessage());
        }
    }

    private static boolean inUse(String name) {
        Matcher maker = NAME.matcher(name);
        return maker.matches()
                && Processes.alive(new ProcessIdentity(Long.parseLong(maker.group(1)), Long.parseLong(maker.group(2))));
    }

    private static void remove(Path temporary, Confinement confinement) throws IOException {
        for (ProcessIdentity left : Processes.find(temporary)) {
            Optional<HostProcess> living = HostProcess.adopt(left);
            if (living.isPresent()) {
                try (HostProcess vmm = living.get()) {
                    vmm.kill(KILL);
                }
            }
        }
        confinement.clear(Blanks.machineName(temporary));
        DirectoryTree.delete(temporary);
    }
}

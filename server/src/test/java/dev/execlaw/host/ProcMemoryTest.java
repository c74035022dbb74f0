package dev.execlaw.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.microvm.process.Processes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel tells of real processes. */
class ProcMemoryTest {

    private static final ProcessIdentity NOBODY = new ProcessIdentity(4_190_000, 1);

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void end() {
        started.forEach(Process::destroyForcibly);
    }

    /** A shell that has done its work when this returns, and waits. */
    private Process shell(String work) throws IOException {
        Process shell = new ProcessBuilder("sh", "-c", work + "; echo done; read end").start();
        started.add(shell);
        assertThat(new String(shell.getInputStream().readNBytes(5), StandardCharsets.US_ASCII))
                .isEqualTo("done\n");
        return shell;
    }

    private static ProcessIdentity identity(Process process) {
        return Processes.identify(process.pid()).orElseThrow();
    }

    @Test
    void theHostsMemoryIsRead() {
        ProcMemory memory = new ProcMemory();
        assertThat(memory.availableMiB()).isBetween(1, memory.totalMiB());
        assertThat(memory.proportionalMiB(NOBODY)).isZero();
    }

    @Test
    void aProcessHoldsWhatItWrote() throws Exception {
        ProcMemory memory = new ProcMemory();
        ProcessIdentity small = identity(shell(":"));
        assertThat(memory.proportionalMiB(small)).isLessThan(5);
        Process shell = shell("x=$(head -c 48000000 /dev/zero | tr '\\0' x)");
        ProcessIdentity large = identity(shell);
        assertThat(memory.proportionalMiB(large)).isBetween(45, 300);
        assertThat(memory.proportionalMiB(new ProcessIdentity(large.pid(), large.startTicks() + 1)))
                .as("another process of the same number")
                .isZero();
        shell.destroyForcibly();
        assertThat(shell.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(memory.proportionalMiB(large)).isZero();
    }

    @Test
    void pagesOfAForkAreCountedInEqualParts() throws Exception {
        ProcMemory memory = new ProcMemory();
        // The child keeps the parent's pages; none of the two writes to them.
        Process parent = shell("x=$(head -c 64000000 /dev/zero | tr '\\0' x); (sleep 600; :) >&- & echo $! >&2");
        long child = Long.parseLong(parent.errorReader().readLine());
        ProcessHandle handle = ProcessHandle.of(child).orElseThrow();
        try {
            int shared = memory.proportionalMiB(Processes.identify(child).orElseThrow());
            int own = memory.proportionalMiB(identity(parent));
            parent.destroyForcibly();
            assertThat(parent.waitFor(10, TimeUnit.SECONDS)).isTrue();
            int alone = memory.proportionalMiB(Processes.identify(child).orElseThrow());
            assertThat(alone).isGreaterThanOrEqualTo(60);
            assertThat(shared).isBetween(alone / 2 - 3, alone / 2 + 3);
            assertThat(own).isLessThan(alone);
        } finally {
            handle.descendants().forEach(ProcessHandle::destroyForcibly);
            handle.destroyForcibly();
        }
    }

    @Test
    void whereSharesMayNotBeReadWhatIsResidentCounts(@TempDir Path proc) throws Exception {
        ProcessIdentity shell = identity(shell(":"));
        Path directory = Files.createDirectory(proc.resolve(Long.toString(shell.pid())));
        Files.writeString(directory.resolve("statm"), "9999 2560 100 1 0 1 0\n");
        assertThat(new ProcMemory(proc).proportionalMiB(shell)).isEqualTo(10);
    }

    @Test
    void cpuTimeIsThatOfTheProcess() throws Exception {
        ProcCpu cpu = new ProcCpu();
        Process busy = new ProcessBuilder("sh", "-c", "while :; do :; done").start();
        started.add(busy);
        ProcessIdentity identity = identity(busy);
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> cpu.time(identity).orElseThrow().compareTo(Duration.ofMillis(200)) >= 0);
        assertThat(cpu.time(new ProcessIdentity(identity.pid(), identity.startTicks() + 1)))
                .isEmpty();
        assertThat(cpu.time(NOBODY)).isEmpty();
        Process waiting = shell(":");
        assertThat(cpu.time(identity(waiting)).orElseThrow()).isLessThan(Duration.ofMillis(200));
    }
}

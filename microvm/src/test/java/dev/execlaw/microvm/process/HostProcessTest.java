package dev.execlaw.microvm.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class HostProcessTest {

    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    private Path directory;

    @Test
    void childHasASessionOfItsOwnAndItsStatusIsKnown() throws Exception {
        Path go = directory.resolve("go");
        Path begun = directory.resolve("begun");
        String script = ": >\"$1\"; while [ ! -e \"$2\" ]; do sleep 0.05; done; exit 5";
        try (HostProcess child =
                HostProcess.start(Command.of("sh", "-c", script, "sh", begun.toString(), go.toString()))) {
            long pid = child.identity().pid();
            // Before the command is there, the child may be on its way to its session still.
            await().atMost(Duration.ofSeconds(10)).until(() -> Files.exists(begun));
            assertThat(Processes.alive(child.identity())).isTrue();
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            assertThat(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[3])
                    .isEqualTo(String.valueOf(pid));
            Files.createFile(go);
            assertThat(child.exit().get(10, TimeUnit.SECONDS)).isEqualTo(5);
            assertThat(Processes.alive(child.identity())).isFalse();
            assertThat(child.signal(Signal.SIGKILL)).isFalse();
        }
    }

    @Test
    void childIsKilledBeforeItsParentWhenMemoryRunsOut() throws Exception {
        int own = score("self");
        try (HostProcess child = HostProcess.start(Command.of("sleep", "600"))) {
            assertThat(score(Long.toString(child.identity().pid()))).isEqualTo(Math.min(1000, own + 500));
            child.kill(SOON);
        }
    }

    private static int score(String process) throws Exception {
        return Integer.parseInt(
                Files.readString(Path.of("/proc", process, "oom_score_adj")).strip());
    }

    @Test
    void endOfAProcessThatIsNotOurChildIsSeenAtOnce() throws Exception {
        // The shell ends at once and leaves its child to init.
        String pid = Command.of("sh", "-c", "sleep 30 >/dev/null 2>&1 & echo $!")
                .runOrThrow()
                .stdout()
                .strip();
        ProcessIdentity identity = Processes.identify(Long.parseLong(pid)).orElseThrow();
        try (HostProcess foreign = HostProcess.adopt(identity).orElseThrow()) {
            assertThat(foreign.awaitExit(Duration.ofMillis(20))).isFalse();
            long begin = System.nanoTime();
            foreign.kill(SOON);
            assertThat(foreign.exit().join()).isEqualTo(HostProcess.UNKNOWN_STATUS);
            // ProcessHandle.onExit polls in such a case and may be seconds late.
            assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(1));
        }
    }

    @Test
    void anotherProcessWithTheSameNumberIsNotTakenForIt() throws Exception {
        ProcessIdentity own = Processes.identify(ProcessHandle.current().pid()).orElseThrow();
        assertThat(HostProcess.adopt(new ProcessIdentity(own.pid(), own.startTicks() - 1)))
                .isEmpty();
    }

    @Test
    void processesAreFoundByAPathInTheirArguments() throws Exception {
        Path file = directory.resolve("machines/abc/disk");
        try (HostProcess child =
                HostProcess.start(Command.of("sh", "-c", "read x < /dev/zero", "sh", "drive=x,file=" + file + ",y"))) {
            assertThat(Processes.find(directory.resolve("machines/abc"))).containsExactly(child.identity());
            assertThat(Processes.find(file)).containsExactly(child.identity());
            assertThat(Processes.find(directory.resolve("machines/ab"))).isEmpty();
            child.kill(SOON);
            assertThat(child.exit().join()).isEqualTo(137);
            assertThat(Processes.find(file)).isEmpty();
        }
    }

    @Test
    void processesAreFoundByWhereTheirOutputGoes() throws Exception {
        Path log = directory.resolve("jailed/console.log");
        Files.createDirectories(log.getParent());
        try (HostProcess child =
                HostProcess.start(Command.of("sh", "-c", "read x < /dev/zero").outputTo(log))) {
            assertThat(Processes.find(log.getParent())).containsExactly(child.identity());
            assertThat(Processes.find(directory.resolve("jail"))).isEmpty();
            child.kill(SOON);
        }
    }
}

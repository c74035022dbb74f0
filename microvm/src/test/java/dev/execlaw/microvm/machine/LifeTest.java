package dev.execlaw.microvm.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.console.SerialConsole;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.HostProcess;
import dev.execlaw.microvm.process.Processes;
import dev.execlaw.microvm.process.Signal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Over a process that stands in for a VMM and does nothing. */
@Timeout(30)
class LifeTest {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration NEVER = Duration.ofHours(1);

    @TempDir
    private Path directory;

    private Idle vmm;
    private final AtomicInteger removals = new AtomicInteger();

    @BeforeEach
    void start() throws IOException {
        ConsoleFiles files = new ConsoleFiles(directory);
        files.prepare();
        vmm = new Idle(
                HostProcess.start(Command.of("sleep", "600")),
                SerialConsole.open(files.log(), files.input(), 64 * 1024),
                new AtomicInteger());
    }

    @AfterEach
    void end() throws IOException {
        if (Processes.alive(vmm.process().identity())) {
            vmm.process().kill(SOON);
        }
        vmm.console().close();
        vmm.process().close();
    }

    @Test
    void startsOnce() throws Exception {
        Life<Idle> life = life(true);
        assertThatThrownBy(life::vmm).hasMessage("machine m was not started");
        assertThat(life.running()).isEmpty();
        life.start(() -> vmm);
        assertThat(life.vmm()).isEqualTo(vmm);
        assertThat(life.running()).contains(vmm);
        assertThatThrownBy(() -> life.start(() -> vmm)).hasMessageContaining("was started before; make a new one");
        assertThatThrownBy(() -> life.adopt(() -> vmm)).hasMessageContaining("was started before; make a new one");
        life.shutdown(SOON);
        assertThat(life.running()).isEmpty();
        assertThat(life.vmm()).isEqualTo(vmm);
    }

    @Test
    void onesThatNeverRanLeaveWhatIsThere() throws Exception {
        Life<Idle> unborn = life(true);
        assertThat(unborn.shutdown(NEVER)).isEqualTo(new MachineExit.ShutDown(false));
        unborn.close();
        Life<Idle> failed = life(true);
        assertThatThrownBy(() -> failed.start(() -> {
                    throw new MachineException("said by the test");
                }))
                .hasMessage("said by the test");
        assertThat(failed.shutdown(NEVER)).isEqualTo(new MachineExit.Crashed(-1, ""));
        failed.close();
        assertThat(removals).hasValue(0);
    }

    @Test
    void oneThatGoesWhenAskedIsNotForced() throws Exception {
        Life<Idle> life = life(true);
        life.adopt(() -> vmm);
        assertThat(life.shutdown(NEVER)).isEqualTo(new MachineExit.ShutDown(false));
        assertThat(life.shutdown(NEVER)).isEqualTo(new MachineExit.ShutDown(false));
    }

    @Test
    void graceIsNotWaitedForWhereAskingFailed() throws Exception {
        Life<Idle> life = life(false);
        life.start(() -> vmm);
        assertThat(life.shutdown(NEVER)).isEqualTo(new MachineExit.ShutDown(true));
        assertThat(Processes.alive(vmm.process().identity())).isFalse();
    }

    @Test
    void endThatNobodyAskedForIsExplained() throws Exception {
        Life<Idle> life = life(true);
        life.start(() -> vmm);
        vmm.process().signal(Signal.SIGKILL);
        assertThat(life.exited().toCompletableFuture().get(10, TimeUnit.SECONDS))
                .isEqualTo(new MachineExit.Crashed(137, "explained"));
    }

    @Test
    void closesOnce() throws Exception {
        Life<Idle> life = life(true);
        life.start(() -> vmm);
        life.close();
        life.close();
        assertThat(Processes.alive(vmm.process().identity())).isFalse();
        assertThat(removals).hasValue(1);
        assertThat(vmm.goings()).hasValue(1);
        assertThat(life.shutdown(NEVER)).isEqualTo(new MachineExit.ShutDown(true));
    }

    @Test
    void oneThatIsLetGoRunsOn() throws Exception {
        Life<Idle> life = life(true);
        assertThatThrownBy(life::detach).hasMessageContaining("only a running one is let go");
        life.start(() -> vmm);
        life.detach();
        life.close();
        assertThat(Processes.alive(vmm.process().identity())).isTrue();
        assertThat(removals).hasValue(0);
        assertThat(vmm.goings()).hasValue(1);
        assertThatThrownBy(() -> life.shutdown(SOON)).hasMessage("machine m was let go");
        assertThatThrownBy(life::detach).hasMessageContaining("only a running one is let go");
    }

    /** @param heeds whether it can be asked to end, and does */
    private Life<Idle> life(boolean heeds) {
        return new Life<>("m", new Ways(heeds, removals));
    }

    private record Idle(HostProcess process, SerialConsole console, AtomicInteger goings) implements RunningVmm {

        @Override
        public void letGo() {
            goings.incrementAndGet();
        }
    }

    private record Ways(boolean heeds, AtomicInteger removals) implements Life.Ways<Idle> {

        @Override
        public boolean askToEnd(Idle vmm) {
            try {
                return heeds && vmm.process().signal(Signal.SIGKILL);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public MachineExit explain(Idle vmm, int status) {
            return new MachineExit.Crashed(status, "explained");
        }

        @Override
        public void removeFiles(Idle vmm) {
            removals.incrementAndGet();
        }
    }
}

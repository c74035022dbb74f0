package dev.execlaw.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.process.ProcessIdentity;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What counts as work. */
class MachineActivityTest {

    private static final ProcessIdentity A = new ProcessIdentity(1, 1);
    private static final ProcessIdentity B = new ProcessIdentity(2, 1);

    private final Map<ProcessIdentity, Duration> cpu =
            new HashMap<>(Map.of(A, Duration.ofMinutes(5), B, Duration.ZERO));
    private long nanoTime = Long.MAX_VALUE - 5_000_000_000L; // the clock may wrap
    private final MachineActivity activity =
            new MachineActivity(process -> Optional.ofNullable(cpu.get(process)), 3, () -> nanoTime);

    private void pass(long seconds) {
        nanoTime += Duration.ofSeconds(seconds).toNanos();
    }

    /** Samples every five seconds while the machine takes that share of a processor. */
    private void run(ProcessIdentity machine, long seconds, double percent) {
        for (long s = 0; s < seconds; s += 5) {
            pass(5);
            cpu.merge(machine, Duration.ofMillis((long) (percent * 50)), Duration::plus);
            activity.sample();
        }
    }

    private static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    @Test
    void anIdleMachineIsIdleSinceItsLastMark() {
        activity.watch("a", A, Duration.ZERO);
        run(A, 600, 0.5);
        assertThat(activity.idleFor("a")).isEqualTo(seconds(600));
        assertThat(activity.work("a")).isEmpty();
        activity.touch("a");
        run(A, 30, 0.5);
        assertThat(activity.idleFor("a")).isEqualTo(seconds(30));
    }

    @Test
    void aGuestThatComputesIsAtWork() {
        activity.watch("a", A, seconds(100));
        run(A, 600, 50);
        assertThat(activity.idleFor("a")).isZero();
        assertThat(activity.work("a")).contains("its guest computes");
        assertThat(activity.computes("a")).isTrue();
        run(A, 120, 0.5);
        assertThat(activity.idleFor("a")).as("from the end of the work on").isEqualTo(seconds(120));
        assertThat(activity.computes("a")).isFalse();
    }

    @Test
    void aPeakOfATimerIsNotWorkButIsSeen() {
        activity.watch("a", A, Duration.ZERO);
        run(A, 300, 0.5);
        run(A, 5, 20); // a second of a processor: 1.7 percent of the minute
        assertThat(activity.computes("a")).isTrue();
        assertThat(activity.idleFor("a")).isEqualTo(seconds(305));
        run(A, 5, 40); // and two more
        assertThat(activity.idleFor("a")).isZero();
    }

    @Test
    void whatLastsKeepsItFromBeingIdle() {
        activity.watch("a", A, seconds(1000));
        MachineActivity.Hold shell = activity.hold("a", "a shell is open");
        MachineActivity.Hold other = activity.hold("a", "a shell is open");
        pass(5000);
        assertThat(activity.idleFor("a")).isZero();
        assertThat(activity.work("a")).contains("a shell is open");
        assertThat(activity.idle(Duration.ZERO)).isEmpty();
        shell.close();
        shell.close();
        assertThat(activity.idleFor("a")).isZero();
        other.close();
        pass(7);
        shell.close();
        assertThat(activity.idleFor("a")).isEqualTo(seconds(7));
    }

    @Test
    void theLongestIdleComesFirst() {
        activity.watch("a", A, seconds(50));
        activity.watch("b", B, seconds(90));
        assertThat(activity.idle(seconds(10))).containsExactly("b", "a");
        assertThat(activity.idle(seconds(51))).containsExactly("b");
        activity.touch("b");
        pass(1);
        assertThat(activity.idle(Duration.ZERO)).containsExactly("a", "b");
        activity.forget("a");
        assertThat(activity.idle(Duration.ZERO)).containsExactly("b");
    }

    @Test
    void whatIsNotWatchedIsNeverTakenForIdle() {
        activity.touch("x");
        activity.hold("x", "a model call").close();
        activity.forget("x");
        assertThat(activity.idleFor("x")).isZero();
        assertThat(activity.computes("x")).isFalse();
        assertThat(activity.work("x")).isEmpty();
    }

    @Test
    void aMachineThatIsGoneIsSampledNoMore() {
        activity.watch("b", B, Duration.ZERO);
        cpu.remove(B);
        pass(60);
        activity.sample();
        assertThat(activity.idleFor("b")).isEqualTo(seconds(60));
    }
}

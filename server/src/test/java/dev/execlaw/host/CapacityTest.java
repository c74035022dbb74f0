package dev.execlaw.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is admitted where nobody gives way. */
class CapacityTest {

    @TempDir
    Path data;

    private Capacity capacity(SimulatedHost host, HostLimits limits) {
        return new Capacity(host, limits, data, new Evictions(), Duration.ofSeconds(60), host.nanoTime::get);
    }

    private static String refusal(Capacity capacity, Demand demand) {
        ProblemException[] thrown = new ProblemException[1];
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> capacity.reserve("refused", demand))
                .satisfies(e -> {
                    assertThat(e.problem().code()).isEqualTo(ErrorCode.CAPACITY_MEMORY);
                    assertThat(e.problem().next()).isNotBlank();
                    thrown[0] = e;
                });
        return thrown[0].problem().detail();
    }

    private static ProcessIdentity start(Capacity capacity, SimulatedHost host, String name, Demand demand, int mib) {
        capacity.reserve(name, demand);
        ProcessIdentity machine = host.machine(mib);
        capacity.started(name, machine);
        return machine;
    }

    @Test
    void aHundredClonesOfOneGiBFitOnTwelve() {
        SimulatedHost host = new SimulatedHost(12 * 1024);
        Capacity capacity = capacity(host, HostLimits.DEFAULT);
        for (int i = 0; i < 100; i++) {
            start(capacity, host, "clone" + i, Demand.cloned(1024, "t"), 57);
            if (i % 5 == 4) {
                host.later(2);
                capacity.measure();
            }
        }
        assertThat(capacity.reservedMiB()).isBetween(5700, 6400);
        assertThat(capacity.capacityMiB()).isBetween(11_000, 12 * 1024);
        host.later(60);
        capacity.measure();
        assertThat(capacity.reservedMiB()).isEqualTo(5700);
    }

    @Test
    void twentyClonesAtOnceFitBeforeAnyIsMeasured() {
        SimulatedHost host = new SimulatedHost(4096);
        Capacity capacity = capacity(host, HostLimits.DEFAULT);
        for (int i = 0; i < 20; i++) {
            capacity.reserve("clone" + i, Demand.cloned(1024, "t"));
        }
        assertThat(capacity.reservedMiB()).isEqualTo(20 * 64);
    }

    @Test
    void whatBootsCountsInFullUntilItIsGrownUp() {
        SimulatedHost host = new SimulatedHost(4000);
        Capacity capacity = capacity(host, new HostLimits(500, 100, 0, 64));
        ProcessIdentity a = start(capacity, host, "a", Demand.cold(1500), 0);
        capacity.reserve("b", 1500);
        assertThat(refusal(capacity, Demand.cold(300)))
                .contains("needs 400 MiB (300 for the guest, which boots, 100 for its VMM)")
                .contains("300 MiB to give")
                .contains("4000 MiB available")
                .contains("3200 MiB that machines just started are expected to take")
                .contains("0 MiB for the one machine that may grow most")
                .contains("floor of 500 MiB")
                .contains("no other session is idle");
        assertThat(capacity.reservedMiB()).isEqualTo(3200);
        assertThat(capacity.capacityMiB()).isEqualTo(3500);
        // What it has taken is no longer available, so it is not to be kept free a second time.
        host.holds(a, 400);
        host.later(2);
        capacity.measure();
        assertThat(capacity.capacityMiB()).isEqualTo(3500);
        assertThat(refusal(capacity, Demand.cold(300))).contains("300 MiB to give");
        host.later(60);
        capacity.measure();
        assertThat(capacity.heldMiB("a")).isEqualTo(400);
        assertThat(capacity.reservedMiB()).isEqualTo(2000);
        // 3600 are available; b may take 1600 yet, a 1200.
        assertThat(refusal(capacity, Demand.cold(300)))
                .contains("300 MiB to give")
                .contains("1200 MiB for the one");
        capacity.release("b");
        capacity.reserve("c", 300);
    }

    @Test
    void clonesCountWithWhatTheirTemplatesClonesTake() {
        SimulatedHost host = new SimulatedHost(8000);
        Capacity capacity = capacity(host, new HostLimits(500, 100, 0, 64));
        for (int i = 0; i < 4; i++) {
            start(capacity, host, "busy" + i, Demand.cloned(900, "busy"), 400 + i);
        }
        host.later(60);
        capacity.measure();
        int before = capacity.reservedMiB();
        capacity.reserve("another", Demand.cloned(900, "busy"));
        assertThat(capacity.reservedMiB() - before).isEqualTo(402);
        capacity.reserve("other", Demand.cloned(900, "other"));
        assertThat(capacity.reservedMiB() - before).isEqualTo(402 + 64);
        capacity.reserve("saved", Demand.saved(900, 700));
        assertThat(capacity.reservedMiB() - before).isEqualTo(402 + 64 + 700);
        capacity.reserve("saved", Demand.saved(900, 30));
        assertThat(capacity.reservedMiB() - before).isEqualTo(402 + 64 + 64);
        assertThat(refusal(capacity, Demand.saved(7000, 6900))).contains("had 6900 when it was saved");
        assertThat(refusal(capacity, Demand.cloned(9000, "busy")))
                .contains("the running ones take 402 on average")
                .contains("with no other machine in memory it would not fit either");
    }

    @Test
    void aCloneIsOnlyAdmittedWhereItMayGrowToItsSize() {
        SimulatedHost host = new SimulatedHost(1500);
        Capacity capacity = capacity(host, new HostLimits(500, 100, 0, 64));
        assertThat(refusal(capacity, Demand.cloned(1000, "t"))).contains("1036 MiB for the one machine");
        capacity.reserve("a", Demand.cloned(900, "t"));
        // The reserve is for one machine, whichever grows; not for each.
        assertThat(refusal(capacity, Demand.cloned(900, "t"))).contains("936 MiB for the one machine");
    }

    @Test
    void aMachineThatGrewKeepsWhatItHas() {
        SimulatedHost host = new SimulatedHost(4000);
        Capacity capacity = capacity(host, new HostLimits(500, 100, 0, 64));
        ProcessIdentity a = start(capacity, host, "a", Demand.cloned(2000, "t"), 50);
        host.later(61);
        capacity.measure();
        host.holds(a, 1900);
        capacity.measure();
        assertThat(capacity.heldMiB("a")).as("measured half a minute apart").isEqualTo(50);
        host.later(30);
        capacity.measure();
        assertThat(capacity.heldMiB("a")).isEqualTo(1900);
        assertThat(host.measured.get()).isEqualTo(2);
        assertThat(capacity.capacityMiB()).isEqualTo(3500);
    }

    @Test
    void whatRunsAlreadyIsMeasuredAndCountedWhateverThereIs() {
        SimulatedHost host = new SimulatedHost(1000);
        Capacity capacity = capacity(host, new HostLimits(500, 100, 0, 64));
        capacity.adopt("found", 2048, host.machine(800));
        assertThat(capacity.reservedMiB()).isEqualTo(800);
        assertThat(capacity.capacityMiB()).isEqualTo(500);
    }

    @Test
    void aMachineOfThePoolBecomesASessions() {
        SimulatedHost host = new SimulatedHost(4000);
        Capacity capacity = capacity(host, new HostLimits(500, 100, 0, 64));
        start(capacity, host, "pool-1", Demand.cloned(900, "t"), 50);
        capacity.reserve("session", Demand.cloned(900, "t"));
        capacity.transfer("pool-1", "session");
        assertThat(capacity.reservedMiB()).isEqualTo(64);
        host.later(60);
        capacity.measure();
        assertThat(capacity.heldMiB("session")).isEqualTo(50);
        assertThatIllegalStateException()
                .isThrownBy(() -> capacity.transfer("pool-1", "other"))
                .withMessageContaining("pool-1");
        capacity.release("session");
        capacity.release("session");
        assertThat(capacity.reservedMiB()).isZero();
    }

    @Test
    void aFullDiskRefusesWithNumbers() {
        Capacity capacity = capacity(new SimulatedHost(4000), new HostLimits(0, 0, Integer.MAX_VALUE));
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> capacity.reserve("a", 256))
                .satisfies(e -> assertThat(e.problem().code()).isEqualTo(ErrorCode.DISK_FULL))
                .withMessageContaining("2147483647 MiB");
    }
}

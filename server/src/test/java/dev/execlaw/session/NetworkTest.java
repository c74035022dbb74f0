package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.execlaw.event.EventPayload;
import dev.execlaw.host.Resource;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.network.Destination;
import dev.execlaw.microvm.network.EgressPolicy;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.Traffic;
import dev.execlaw.microvm.process.Account;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sessions behind TAP devices: what is made, what is changed, what is removed, and what the ledger knows of it. */
class NetworkTest {

    private static final NetworkPolicy LISTED = new NetworkPolicy("allowlist", List.of("Example.org.", "192.0.2.0/24"));

    @TempDir
    Path data;

    private final ScriptedNetwork taps = new ScriptedNetwork();
    private World world;

    @BeforeEach
    void open() {
        world = new World(data, taps);
    }

    @AfterEach
    void close() {
        world.close();
    }

    @Test
    void aMachineGetsItsTapAndItsAccountAndLeavesNeither() {
        String id = world.ready();

        assertThat(taps.attached).containsOnly(java.util.Map.entry(0, new EgressPolicy.Internet()));
        assertThat(taps.owners.get(0)).isEqualTo(new Account(1000, 1000));
        assertThat(world.ledger.of(id)).contains(new Resource.Tap(id, NetworkPrefix.DEFAULT.slot(0)));
        MachineSpec spec = world.driver.machine(id).spec();
        assertThat(spec.nic()).isEqualTo(new MachineSpec.Nic.Tap(NetworkPrefix.DEFAULT.slot(0)));
        assertThat(spec.account()).isEqualTo(new Account(1000, 1000));
        NetworkView view = world.sessions.network(id);
        assertThat(view.mode()).isEqualTo("tap");
        assertThat(view.guest()).isEqualTo("10.200.0.2");
        assertThat(view.isolation()).contains("the internet, but not this host");
        assertThat(view.traffic()).isEqualTo(new Traffic(100, 2, 50, 1, 3, 180));

        world.sessions.stop(id);
        world.until(id, MachineStatus.STOPPED);
        assertThat(taps.attached).isEmpty();
        assertThat(world.sessions.network(id).traffic()).isNull();

        world.sessions.start(id);
        world.until(id, view2 -> view2.agentState() == AgentStatus.IDLE);
        assertThat(taps.attached).containsOnlyKeys(0);
        world.sessions.delete(id);
        assertThat(taps.attached).isEmpty();
        assertThat(world.ledger.all()).isEmpty();
    }

    @Test
    void aPolicyIsChangedLiveAndKept() {
        String id = world.ready();

        NetworkView view = world.sessions.restrict(id, LISTED);

        assertThat(view.allow()).containsExactly("example.org", "192.0.2.0/24");
        assertThat(view.effective()).isEqualTo("allowlist");
        EgressPolicy listed = new EgressPolicy.Allowlist(
                List.of(Destination.parse("example.org"), Destination.parse("192.0.2.0/24")));
        assertThat(taps.attached.get(0)).isEqualTo(listed);
        assertThat(world.payloads(id, EventPayload.NetworkChanged.class))
                .containsExactly(new EventPayload.NetworkChanged("allowlist", List.of("example.org", "192.0.2.0/24")));
        world.restart();
        world.until(id, now -> now.agentState() == AgentStatus.IDLE);
        assertThat(taps.attached.get(0)).isEqualTo(listed);
        assertThat(world.sessions.get(id).network().policy()).isEqualTo("allowlist");
    }

    @Test
    void aPolicyThatCannotBeAppliedIsRefusedAndTheLastOneHolds() {
        String id = world.ready();
        taps.faults.add("change");

        assertThatThrownBy(() -> world.sessions.restrict(id, NetworkPolicy.NONE))
                .hasMessageContaining("scripted fault of change");
        assertThat(world.sessions.get(id).network().policy()).isEqualTo("internet");
    }

    @Test
    void aPolicyChangedBeforeTheMachineRunsReachesItsNetwork() {
        taps.hold = new CountDownLatch(1);
        String id = world.sessions.create(World.request()).id();
        await().until(() -> taps.attached.containsKey(0));
        world.sessions.restrict(id, NetworkPolicy.NONE);
        assertThat(taps.attached.get(0)).isEqualTo(new EgressPolicy.Internet());
        taps.hold.countDown();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);

        assertThat(taps.attached.get(0)).isEqualTo(new EgressPolicy.None());
    }

    @Test
    void anEntryThatIsNeitherNameNorNetworkIsNamed() {
        String id = world.ready();
        for (String entry : List.of("exa mple.org", "10.0.0.1/8", "300.1.1.1", "*", "localhost", "")) {
            assertThatThrownBy(() ->
                            world.sessions.restrict(id, new NetworkPolicy("allowlist", List.of("good.example", entry))))
                    .isInstanceOfSatisfying(ProblemException.class, problem -> {
                        assertThat(problem.problem().code()).isEqualTo(ErrorCode.INVALID_REQUEST);
                        assertThat(problem.problem().next()).contains("\"" + entry + "\"");
                    });
        }
        assertThatThrownBy(() -> world.sessions.restrict(id, new NetworkPolicy("everything", List.of())))
                .hasMessageContaining("\"everything\"");
        assertThatThrownBy(() -> world.sessions.restrict(id, new NetworkPolicy("none", List.of("a.example"))))
                .hasMessageContaining("1 entries");
        assertThat(taps.attached.get(0)).isEqualTo(new EgressPolicy.Internet());
    }

    @Test
    void aStartWhoseNetworkFailsLeavesNothing() {
        taps.faults.add("attach");
        String id = world.sessions.create(World.request()).id();
        SessionView view = world.until(id, MachineStatus.FAILED);

        assertThat(view.error().detail()).contains("scripted fault of attach");
        assertThat(world.ledger.of(id)).isEmpty();
        taps.faults.clear();
        world.sessions.start(id);
        world.until(id, again -> again.agentState() == AgentStatus.IDLE);
    }

    @Test
    void whatNobodyOwnsIsDisconnectedAndReservedSlotsAreNotGivenOut() throws IOException {
        taps.reserved = Set.of(0, 2);
        String id = world.ready();
        assertThat(taps.attached).containsOnlyKeys(1);
        taps.attached.put(77, new EgressPolicy.Internet());

        assertThat(world.reconciler.run()).containsExactly("removed the network of slot 77, which no session owns");
        assertThat(taps.attached).containsOnlyKeys(1);
        String other = world.ready();
        assertThat(world.sessions.get(other).network().guest()).isEqualTo("10.200.0.14");
        assertThat(world.sessions.get(id).state()).isEqualTo(MachineStatus.RUNNING);
    }
}

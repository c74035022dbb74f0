package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.execlaw.host.Pressure;
import dev.execlaw.host.Resource;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.network.EgressPolicy;
import dev.execlaw.microvm.template.Template;
import dev.execlaw.microvm.template.TemplateKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines that are kept ready, of doubles. */
class PoolTest {

    @TempDir
    private Path data;

    private final ScriptedNetwork taps = new ScriptedNetwork();
    private World world;

    @BeforeEach
    void open() {
        world = new World(data, taps);
        Template template = new Template(
                new TemplateKey("0123456789abcdef", 2, 256, "tap", "nullclaw", "scripted"),
                data.resolve("template"),
                new MachineSpec.Disk(data.resolve("rootfs.ext4"), MachineSpec.Disk.Format.RAW),
                Instant.EPOCH,
                true);
        world.templates = (_, _, _, _, _) -> new Templates.Choice(Optional.of(template), "");
        world.pool = 2;
    }

    @AfterEach
    void closeAndProveItEmpty() {
        world.close();
        assertThat(world.driver.processes.directories()).isEmpty();
    }

    private static ConditionFactory soon() {
        return await().atMost(Duration.ofSeconds(15)).pollInterval(Duration.ofMillis(2));
    }

    /** A request that asks for nothing special. */
    private static CreateSession usual() {
        return new CreateSession(null, "demo", null, null, null, null, null, null, null, null, null, null);
    }

    /** Ids of machines that no session has. */
    private Set<String> spare() {
        Set<String> sessions =
                world.sessions.list().stream().map(SessionView::id).collect(Collectors.toSet());
        return world.ledger.all().stream()
                .map(Resource::session)
                .filter(id -> !sessions.contains(id))
                .collect(Collectors.toSet());
    }

    /** Waits until the pool is full, and its agents wait. */
    private Set<String> full() {
        return soon().until(
                        this::spare,
                        ids -> ids.size() >= world.pool
                                && ids.stream()
                                        .allMatch(id -> Optional.ofNullable(world.driver.machine(id))
                                                .map(machine ->
                                                        !machine.wakes().isEmpty() && machine.guest.agentWaits())
                                                .orElse(false)));
    }

    private String created(CreateSession request) {
        String id = world.sessions.create(request).id();
        world.untilSaved(id, 1);
        return id;
    }

    private List<String> steps(String id) {
        return world.sessions.get(id).boot().stream()
                .map(SessionView.Step::step)
                .toList();
    }

    @Test
    void aSessionGetsAMachineThatWasThereBefore() {
        world.restart();
        Set<String> before = full();
        assertThat(taps.attached.values()).containsOnly(new EgressPolicy.None());

        String id = created(usual());
        assertThat(before).contains(id);
        assertThat(steps(id)).startsWith("pool", "network").contains("agent", "ready");
        assertThat(taps.attached.values()).contains(new EgressPolicy.Internet());
        world.sessions.post(id, "hello");
        world.untilTurns(id, 1);
        assertThat(world.driver.machine(id).guest.heard()).containsExactly("hello");
        assertThat(full()).doesNotContain(id);
    }

    @Test
    void aSessionWhoseGuestGetsTheKeyTakesNoMachineFromThePool() {
        world.restart();
        Set<String> before = full();
        CreateSession direct = new CreateSession(
                null,
                "paid",
                null,
                null,
                "sk-canary-0123456789",
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                KeyMode.DIRECT);
        String id = created(direct);
        assertThat(before).doesNotContain(id);
        assertThat(steps(id)).doesNotContain("pool");
        // What is in the pool has no provider's key, whoever comes next.
        for (String spare : full()) {
            assertThat(world.driver.machine(spare).wakes().stream().flatMap(wake -> wake.files().stream()))
                    .isNotEmpty()
                    .noneMatch(file -> new String(file.content(), StandardCharsets.UTF_8).contains("sk-canary"));
        }
    }

    @Test
    void aServerThatStartsAgainFindsItLikeAnyOther() {
        world.restart();
        full();
        String id = created(usual());
        world.restart();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        world.sessions.post(id, "are you there?");
        world.untilTurns(id, 1);
    }

    @Test
    void whoAsksForSomethingElseTwiceGetsOneFromThePoolTheThirdTime() {
        world.restart();
        Set<String> before = full();
        assertThat(before).doesNotContain(created(World.request()));
        assertThat(spare()).containsAll(before);
        assertThat(steps(created(World.request()))).startsWith("admit");
        soon().until(() -> spare().stream().noneMatch(before::contains));
        assertThat(full()).contains(created(World.request()));
    }

    @Test
    void oneThatEndsWhileItWaitsIsNobodysAndLeavesNothing() {
        world.restart();
        String dead = full().iterator().next();
        world.driver.machine(dead).dies(new MachineExit.Crashed(9, "killed"));
        assertThat(List.of(created(usual()), created(usual()))).doesNotContain(dead);
        soon().until(() -> world.ledger.of(dead).isEmpty() && !world.sessions.exists(dead));
    }

    @Test
    void whoWaitsForOneThatDoesNotComeStartsHisOwn() {
        SessionTimings t = World.QUICK;
        world.timings = new SessionTimings(
                t.vmm(),
                t.wake(),
                t.boot(),
                Duration.ofMillis(300),
                t.again(),
                t.call(),
                t.prompt(),
                t.stop(),
                t.examine(),
                t.grace(),
                t.answer(),
                t.minute(),
                t.doze());
        world.pool = 1;
        CountDownLatch hold = new CountDownLatch(1);
        taps.hold = hold;
        world.restart();
        String coming = soon().until(
                        () -> taps.attached.size() == 1 ? spare() : Set.<String>of(), ids -> ids.size() == 1)
                .iterator()
                .next();
        String id = world.sessions.create(usual()).id();
        assertThat(id).isEqualTo(coming);
        soon().until(() -> taps.calls.contains("detach 0"));
        hold.countDown();
        world.untilSaved(id, 1);
        assertThat(steps(id)).startsWith("admit").doesNotContain("pool");
    }

    @Test
    void aSessionThatIsDeletedBeforeItsMachineCameLeavesNothing() {
        world.pool = 1;
        taps.hold = new CountDownLatch(1);
        world.restart();
        soon().until(() -> taps.attached.size() == 1);
        String id = world.sessions.create(usual()).id();
        world.sessions.delete(id);
        assertThat(world.ledger.of(id)).isEmpty();
        assertThat(world.sessions.exists(id)).isFalse();
        taps.hold.countDown();
    }

    @Test
    void theyGiveWayBeforeAnySession() {
        world.restart();
        Set<String> before = full();
        String victim = world.sessions
                .hibernateLeastRecentlyUsed("a test wants it")
                .orElseThrow()
                .session();
        assertThat(before).contains(victim);
        soon().until(() -> !spare().contains(victim));

        world.sessions.pressure(Pressure.Level.SEVERE);
        soon().until(() -> spare().isEmpty() && world.capacity.reservedMiB() == 0);
        assertThat(world.driver.processes.directories()).isEmpty();
        assertThat(taps.attached).isEmpty();
    }

    @Test
    void theReconcileLoopLeavesThemAlone() throws IOException {
        world.restart();
        Set<String> before = full();
        assertThat(world.reconciler.run()).isEmpty();
        assertThat(spare()).isEqualTo(before);
    }
}

package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.BudgetReached;
import dev.execlaw.event.EventPayload.Usage;
import dev.execlaw.gateway.GatewaySession;
import dev.execlaw.gateway.Meter;
import dev.execlaw.gateway.Meter.Admission;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Budgets, models and their settings of sessions, with scripted machines. */
class PolicyTest {

    private static final SessionPolicy HUNDRED = new SessionPolicy(100L, null, null, null, null, null);

    @TempDir
    Path data;

    private World world;

    @BeforeEach
    void open() {
        world = new World(data);
    }

    @AfterEach
    void close() {
        world.close();
    }

    private GatewaySession gateway(String id) {
        return world.gateway.session(id).orElseThrow();
    }

    /** A model call as the gateway would make it. */
    private void spend(String id, long input, long output) {
        Meter.Admission.Go go =
                (Admission.Go) gateway(id).meter().admit(new Meter.Asked("demo", "demo", input, Duration.ZERO));
        Meter.Settled settled = go.running().settle(new Usage("demo", input, output, null, null, null, "demo", null));
        gateway(id).listener().event(settled.usage());
        settled.warnings().forEach(gateway(id).listener()::event);
    }

    private static Problem refused(ThrowingCallable call) {
        ProblemException[] thrown = new ProblemException[1];
        assertThatExceptionOfType(ProblemException.class).isThrownBy(call).satisfies(e -> thrown[0] = e);
        return thrown[0].problem();
    }

    private static CreateSession request(SessionPolicy policy) {
        return new CreateSession(
                null, "demo", null, null, null, null, 256, null, null, null, null, null, "low", policy, null);
    }

    @Test
    void aTurnThatUsesABudgetUpEndsForItAndGoesOnAfterARaise() {
        String id = world.sessions.create(request(HUNDRED)).id();
        world.untilSaved(id, 1);
        world.sessions.post(id, "hang");
        world.until(id, view -> view.agentState() == AgentStatus.WORKING);
        spend(id, 60, 45);
        Admission.No no = (Admission.No) gateway(id).meter().admit(new Meter.Asked("demo", "demo", 1, Duration.ZERO));
        gateway(id).listener().event(no.why());
        gateway(id).listener().event(no.why());
        world.driver.machine(id).guest.release();
        assertThat(world.untilTurns(id, 1))
                .containsExactly(
                        new EventPayload.TurnFinished("budget", no.why().text()));
        assertThat(world.payloads(id, BudgetReached.class)).containsExactly(no.why());
        assertThat(world.payloads(id, EventPayload.BudgetWarning.class)).hasSize(1);
        SessionView view = world.until(id, seen -> seen.agentState() == AgentStatus.IDLE);
        assertThat(view.policy()).isEqualTo(HUNDRED);
        assertThat(view.usage().requests()).isEqualTo(1);
        assertThat(view.usage().tokens()).isEqualTo(105);
        assertThat(view.turnUsage().tokens()).isEqualTo(105);

        SessionPolicy more = new SessionPolicy(1000L, null, null, null, null, null);
        assertThat(world.sessions.govern(id, more).policy()).isEqualTo(more);
        assertThat(world.payloads(id, EventPayload.PolicyChanged.class))
                .containsExactly(new EventPayload.PolicyChanged(more));
        world.sessions.post(id, "go on");
        assertThat(world.untilTurns(id, 2).getLast().reason()).isEqualTo("completed");
        spend(id, 1, 1);
    }

    @Test
    void whatWasSpentOutlastsTheServerAndARewindAndIsNotAForks() {
        String id = world.ready();
        world.sessions.post(id, "hello");
        world.untilTurns(id, 1);
        world.untilSaved(id, 2);
        spend(id, 60, 45);
        long first = world.sessions.checkpoints(id).getFirst().seq();
        world.sessions.rewind(id, first);
        assertThat(world.sessions.get(id).usage().tokens()).isEqualTo(105);
        world.restart();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(world.sessions.get(id).usage().tokens()).isEqualTo(105);
        String fork = world.sessions
                .fork(id, new ForkSession(first, 1, null))
                .getFirst()
                .id();
        assertThat(world.sessions.get(fork).usage().tokens()).isZero();
        world.sessions.delete(id);
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        UsageReport report = world.sessions.usage(today.minusDays(1), today);
        assertThat(report.lines()).singleElement().satisfies(line -> {
            assertThat(line.inputTokens()).isEqualTo(60);
            assertThat(line.provider()).isEqualTo("demo");
        });
    }

    @Test
    void theTimeOfATurnIsABudgetToo() {
        // A minute of this world has 300 ms.
        String id = world.sessions
                .create(request(new SessionPolicy(null, null, null, 1L, null, null)))
                .id();
        world.untilSaved(id, 1);
        world.sessions.post(id, "hang");
        assertThat(world.untilTurns(id, 1).getFirst().reason()).isEqualTo("budget");
        assertThat(world.payloads(id, BudgetReached.class))
                .singleElement()
                .satisfies(why -> assertThat(why.budget()).isEqualTo("minutes"));
        assertThat(world.gateway.calls).contains("interrupt");
        assertThat(world.sessions.get(id).usage().turnMs()).isGreaterThanOrEqualTo(300);
        world.sessions.govern(id, SessionPolicy.NONE);
        world.sessions.post(id, "go on");
        assertThat(world.untilTurns(id, 2).getLast().reason()).isEqualTo("completed");
    }

    @Test
    void theTimeThatAMachineSleepsIsNotCounted() {
        // A minute of this world has 300 ms.
        String id = world.sessions
                .create(request(new SessionPolicy(null, null, null, 1L, null, null)))
                .id();
        world.untilSaved(id, 1);
        world.sessions.post(id, "hang");
        world.until(id, view -> view.agentState() == AgentStatus.WORKING);
        world.sessions.pause(id, true);
        long spent = world.sessions.get(id).usage().turnMs();
        long later = System.nanoTime() + Duration.ofMillis(400).toNanos();
        await().until(() -> System.nanoTime() > later);
        world.sessions.resume(id);
        SessionView view = world.until(id, seen -> seen.agentState() == AgentStatus.IDLE);
        assertThat(view.usage().turnMs()).isEqualTo(spent).isLessThan(300);
        assertThat(world.payloads(id, BudgetReached.class)).isEmpty();
    }

    @Test
    void aBudgetThatIsUsedUpStaysSoOverARestartAndIsRaisedAfterIt() {
        String id = world.sessions
                .create(request(new SessionPolicy(null, null, 1L, null, null, null)))
                .id();
        world.untilSaved(id, 1);
        spend(id, 10, 10);
        world.restart();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        Meter.Asked next = new Meter.Asked("demo", "demo", 1, Duration.ZERO);
        assertThat(gateway(id).meter().admit(next)).isInstanceOf(Admission.No.class);
        assertThat(world.sessions.get(id).usage().requests()).isEqualTo(1);
        world.sessions.govern(id, new SessionPolicy(null, null, 5L, null, null, null));
        world.restart();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(gateway(id).meter().admit(next)).isInstanceOf(Admission.Go.class);
        world.sessions.post(id, "go on");
        assertThat(world.untilTurns(id, 1).getLast().reason()).isEqualTo("completed");
    }

    @Test
    void anotherModelIsAskedAtOnceEvenWithinATurn() {
        String id = world.ready();
        world.sessions.post(id, "hang");
        world.until(id, view -> view.agentState() == AgentStatus.WORKING);
        SessionView view = world.sessions.switchModel(id, new SwitchModel("paid", null, "sk-new"));
        assertThat(view.provider() + "/" + view.model()).isEqualTo("paid/large");
        GatewaySession.Route route = gateway(id).route().get();
        assertThat(route.provider() + "/" + route.model()).isEqualTo("paid/large");
        assertThat(route.apiKey()).isEqualTo("sk-new");
        assertThat(world.payloads(id, EventPayload.ModelChanged.class))
                .containsExactly(new EventPayload.ModelChanged("paid", "large"));
        world.driver.machine(id).guest.release();
        world.untilTurns(id, 1);
        world.restart();
        world.until(id, seen -> seen.agentState() == AgentStatus.IDLE);
        assertThat(gateway(id).route().get().apiKey()).isEqualTo("sk-new");
    }

    @Test
    void aKeyIsNeverSentToAnotherProviderThanItsOwn() {
        String id =
                world.sessions.create(World.request("paid", "sk-secret", null)).id();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        world.sessions.switchModel(id, new SwitchModel("demo", null, null));
        assertThat(gateway(id).route().get().apiKey()).isNull();
        world.sessions.switchModel(id, new SwitchModel("paid", "other-one", null));
        assertThat(gateway(id).route().get().apiKey()).isEqualTo("sk-secret");
        assertThat(gateway(id).route().get().model()).isEqualTo("other-one");
    }

    @Test
    void whatCannotBeAskedIsRefusedAndNothingChanges() {
        String id = world.ready();
        assertThat(refused(() -> world.sessions.switchModel(id, new SwitchModel("paid", null, null)))
                        .code())
                .isEqualTo(ErrorCode.KEY_MISSING);
        assertThat(refused(() -> world.sessions.switchModel(id, new SwitchModel("nobody", null, null)))
                        .code())
                .isEqualTo(ErrorCode.UNKNOWN_PROVIDER);
        assertThat(refused(() -> world.sessions.switchModel(id, new SwitchModel(null, "nothing", null)))
                        .code())
                .isEqualTo(ErrorCode.UNKNOWN_MODEL);
        assertThat(refused(() -> world.sessions.switchModel(id, new SwitchModel(null, null, "sk")))
                        .detail())
                .contains("neither provider nor model");
        assertThat(refused(() -> world.sessions.govern(id, new SessionPolicy(0L, null, null, null, null, null)))
                        .detail())
                .isEqualTo("policy.tokens is 0, allowed are 1 to 1000000000000");
        world.sessions.govern(id, new SessionPolicy(null, 5.0, null, null, null, null));
        assertThat(refused(() -> world.sessions.switchModel(id, new SwitchModel("paid", null, "sk")))
                        .detail())
                .isEqualTo("policy.usd is 5.0, but the price of paid/large is not known, so the budget could not be"
                        + " counted");
        assertThat(refused(() -> world.sessions.create(new CreateSession(
                                null,
                                "paid",
                                null,
                                null,
                                "sk",
                                null,
                                256,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                new SessionPolicy(null, 5.0, null, null, null, null),
                                null)))
                        .detail())
                .contains("policy.usd is 5.0");
        SessionView view = world.sessions.get(id);
        assertThat(view.provider()).isEqualTo("demo");
        assertThat(world.payloads(id, EventPayload.ModelChanged.class)).isEmpty();
    }

    @Test
    void howTheModelIsAskedCanBeChanged() {
        String id = world.sessions.create(request(HUNDRED)).id();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(gateway(id).route().get().reasoningEffort()).isEqualTo("low");
        ModelSettings settings = new ModelSettings(0.5, 50, "high", "be brief");
        world.sessions.tune(id, settings);
        assertThat(world.sessions.modelSettings(id)).isEqualTo(settings);
        GatewaySession.Route route = gateway(id).route().get();
        assertThat(List.of(route.temperature(), route.maxTokens(), route.reasoningEffort(), route.systemPrompt()))
                .containsExactly(0.5, 50, "high", "be brief");
        assertThat(world.sessions.get(id).policy()).isEqualTo(HUNDRED);
        assertThat(refused(() -> world.sessions.tune(id, new ModelSettings(null, null, "some", null)))
                        .detail())
                .isEqualTo("reasoningEffort is \"some\"");
        world.sessions.tune(id, new ModelSettings(null, null, null, " "));
        assertThat(gateway(id).route().get().systemPrompt()).isNull();
        assertThat(gateway(id).route().get().reasoningEffort()).isNull();
    }
}

package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.execlaw.event.EventPayload.BudgetWarning;
import dev.execlaw.event.EventPayload.Usage;
import dev.execlaw.gateway.Meter;
import dev.execlaw.gateway.Meter.Admission;
import dev.execlaw.gateway.Price;
import dev.execlaw.gateway.Providers;
import dev.execlaw.store.Database;
import dev.execlaw.store.SpendRow;
import dev.execlaw.store.SpendTable;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Budgets and caps of one session, against a clock of the test's. A token costs a dollar to write, half to read. */
class SpendingTest {

    private static final Instant NOW = Instant.parse("2026-11-24T23:59:00Z");

    @TempDir
    Path data;

    private final AtomicLong nanos = new AtomicLong(5_000_000_000L);
    private Database database;
    private SpendTable table;

    @BeforeEach
    void open() {
        database = Database.open(data.resolve("db"));
        table = new SpendTable(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private Spending spending(SessionPolicy policy) {
        Models models = new Models(
                Providers.defaults(),
                _ -> Optional.empty(),
                _ -> Optional.empty(),
                (_, model) -> model.equals("dark")
                        ? Optional.empty()
                        : Optional.of(new Price(500_000, 1_000_000, 100_000.0)));
        return new Spending("s1", policy, table, models, () -> NOW, nanos::get, Duration.ofMinutes(1));
    }

    private static SessionPolicy tokens(long limit) {
        return new SessionPolicy(limit, null, null, null, null, null);
    }

    private static Meter.Asked call(long prompt) {
        return new Meter.Asked("openai", "m", prompt, Duration.ZERO);
    }

    private static Usage usage(long input, long output) {
        return new Usage("m-2026", input, output, null, null, null, "openai", null);
    }

    private static Meter.Running go(Admission admission) {
        return ((Admission.Go) admission).running();
    }

    private static String refused(Admission admission) {
        return ((Admission.No) admission).why().text();
    }

    private void passes(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void aCallIsPricedAndAddedUp() {
        Spending spending = spending(SessionPolicy.NONE);
        Usage priced = go(spending.admit(call(4)))
                .settle(new Usage("m-2026", 10, 3, 4L, 2L, null, "openai", null))
                .usage();
        assertThat(priced.cost()).isEqualTo(6 * 0.5 + 4 * 0.1 + 3, within(1e-9));
        Usage told = go(spending.admit(call(4)))
                .settle(new Usage("m-2026", 10, 3, null, null, 0.25, "openai", true))
                .usage();
        assertThat(told.cost()).isEqualTo(0.25);
        Usage dark = go(spending.admit(new Meter.Asked("openai", "dark", 1, Duration.ZERO)))
                .settle(usage(1, 1))
                .usage();
        assertThat(dark.cost()).isNull();
        SpendView all = spending.all();
        assertThat(all.requests()).isEqualTo(3);
        assertThat(all.cost()).isEqualTo(6.65, within(1e-9));
        assertThat(all.unpriced()).isEqualTo(1);
        assertThat(all.estimated()).isEqualTo(1);
        assertThat(all.cachedInputTokens()).isEqualTo(4);
        assertThat(all.reasoningTokens()).isEqualTo(2);
    }

    @Test
    void whatWasSpentIsThereAgainAfterwardsPerDayAndModel() {
        Spending first = spending(SessionPolicy.NONE);
        first.turnStarted();
        go(first.admit(call(4))).settle(usage(10, 3));
        go(first.admit(call(4))).settle(usage(1, 1));
        passes(Duration.ofMillis(1500));
        first.turnEnded();
        database.close();
        open();
        Spending second = spending(SessionPolicy.NONE);
        assertThat(second.all()).isEqualTo(first.all());
        assertThat(second.all().turnMs()).isEqualTo(1500);
        assertThat(second.turn()).isEqualTo(SpendView.NOTHING);
        assertThat(table.days("2026-11-24", "2026-11-24"))
                .containsExactly(new SpendRow("", "2026-11-24", "openai", "m", 2, 11, 4, 0, 0, 9.5, 0, 0));
        assertThat(table.days("2026-11-25", "2026-12-24")).isEmpty();
    }

    @Test
    void aBudgetWarnsOnceAndThenStops() {
        Spending spending = spending(tokens(100));
        assertThat(go(spending.admit(call(1))).settle(usage(50, 29)).warnings()).isEmpty();
        assertThat(go(spending.admit(call(1))).settle(usage(0, 1)).warnings())
                .containsExactly(
                        new BudgetWarning("tokens", 80, 100, "Of the budget of 100 tokens, 80 tokens are used."));
        assertThat(go(spending.admit(call(1))).settle(usage(0, 5)).warnings()).isEmpty();
        assertThat(refused(spending.admit(call(16))))
                .isEqualTo("Stopped: the budget of 100 tokens does not cover the next request: 85 tokens used, and it"
                        + " needs about 16 tokens. Raise it to go on.");
        go(spending.admit(call(15))).settle(usage(10, 7));
        assertThat(refused(spending.admit(call(0))))
                .isEqualTo("Stopped: the budget of 100 tokens is used up (102 tokens). Raise it to go on.");
        assertThat(spending.policy(tokens(1000))).isEmpty();
        go(spending.admit(call(1))).settle(null);
        assertThat(spending.policy(tokens(110))).hasSize(1);
        assertThat(spending.policy(tokens(110))).isEmpty();
        assertThat(spending(tokens(110)).policy(tokens(110)))
                .as("warned of before it was started again")
                .isEmpty();
    }

    @Test
    void anAnswerIsWatchedWhileItComesTogetherWithOthers() {
        Spending spending = spending(new SessionPolicy(null, 10.0, null, null, null, null));
        Meter.Running one = go(spending.admit(call(4)));
        Meter.Running two = go(spending.admit(call(4)));
        assertThat(one.grown(3)).isEmpty();
        assertThat(two.grown(2)).isEmpty();
        assertThat(two.grown(3).orElseThrow().text())
                .isEqualTo("Stopped: the budget of $10.00 is used up ($10.00). Raise it to go on.");
        two.settle(null);
        assertThat(one.grown(5)).isEmpty();
    }

    @Test
    void moneyThatCannotBeCountedIsNotSpent() {
        Spending spending = spending(new SessionPolicy(null, 10.0, null, null, null, null));
        assertThat(refused(spending.admit(new Meter.Asked("openai", "dark", 1, Duration.ZERO))))
                .contains("the price of openai/dark is not known");
        assertThat(spending.admit(new Meter.Asked("openrouter", "dark", 1, Duration.ZERO)))
                .as("it tells the cost itself")
                .isInstanceOf(Admission.Go.class);
    }

    @Test
    void requestsAreCountedWhileTheyRun() {
        Spending spending = spending(new SessionPolicy(null, null, 2L, null, null, null));
        Meter.Running one = go(spending.admit(call(1)));
        Meter.Running two = go(spending.admit(call(1)));
        assertThat(refused(spending.admit(call(1)))).contains("2 requests is used up");
        two.settle(null);
        go(spending.admit(call(1))).settle(usage(1, 1));
        one.settle(usage(1, 1));
        assertThat(refused(spending.admit(call(1)))).contains("2 requests is used up");
    }

    @Test
    void aCapDelaysAndThenGivesUp() {
        Spending spending = spending(new SessionPolicy(null, null, null, null, 2, null));
        go(spending.admit(call(1))).settle(usage(1, 1));
        passes(Duration.ofSeconds(20));
        go(spending.admit(call(1))).settle(usage(1, 1));
        Admission.Wait wait = (Admission.Wait) spending.admit(call(1));
        assertThat(wait.time()).isEqualTo(Duration.ofSeconds(40));
        assertThat(wait.why()).isEqualTo("Waiting 40 s for the session's cap of 2 requests a minute.");
        assertThat(refused(spending.admit(new Meter.Asked("openai", "m", 1, Duration.ofSeconds(100)))))
                .contains("2 requests a minute", "40 s", "120 s");
        passes(Duration.ofSeconds(40));
        assertThat(spending.admit(call(1))).isInstanceOf(Admission.Go.class);
    }

    @Test
    void tokensAMinuteWaitForEnoughOfThemToPass() {
        Spending spending = spending(new SessionPolicy(null, null, null, null, null, 100L));
        go(spending.admit(call(1))).settle(usage(50, 10));
        passes(Duration.ofSeconds(10));
        go(spending.admit(call(1))).settle(usage(50, 10));
        assertThat(((Admission.Wait) spending.admit(call(1))).time()).isEqualTo(Duration.ofSeconds(50));
        passes(Duration.ofSeconds(50));
        assertThat(spending.admit(call(1))).isInstanceOf(Admission.Go.class);
    }

    @Test
    void onlyTheTimeOfTurnsIsCounted() {
        Spending spending = spending(new SessionPolicy(null, null, null, 1L, null, null));
        assertThat(spending.timeUp()).isEqualTo(Turn.NEVER);
        spending.turnStarted();
        passes(Duration.ofSeconds(40));
        assertThat(spending.turnEnded()).isEmpty();
        passes(Duration.ofHours(1));
        spending.turnStarted();
        assertThat(spending.timeUp() - nanos.get())
                .isEqualTo(Duration.ofSeconds(20).toNanos());
        passes(Duration.ofSeconds(19));
        assertThat(spending.timeReached()).isEmpty();
        passes(Duration.ofSeconds(1));
        assertThat(spending.timeReached().orElseThrow().text()).contains("the budget of 1 minutes is used up");
        assertThat(spending.timeReached()).as("said once").isEmpty();
        assertThat(spending.turnOver()).isPresent();
        assertThat(refused(spending.admit(call(1)))).contains("1 minutes");
        assertThat(spending.turnEnded()).hasSize(1);
    }
}

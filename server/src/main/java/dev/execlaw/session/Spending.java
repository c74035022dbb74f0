package dev.execlaw.session;

import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.BudgetReached;
import dev.execlaw.event.EventPayload.BudgetWarning;
import dev.execlaw.event.EventPayload.Usage;
import dev.execlaw.gateway.Meter;
import dev.execlaw.gateway.Price;
import dev.execlaw.store.SpendRow;
import dev.execlaw.store.SpendTable;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What one session spends, beside what it may. The gateway asks it before a call and while an answer comes; what a call
 * came to is written down whether or not anybody hears of it. Any thread may use it.
 */
final class Spending implements Meter {

    /** Part of a budget whose use is worth a warning. */
    private static final double MOST = 0.8;

    /** No call waits longer for a rate cap: an agent gives up after 60 s of silence, and hears that it is alive meanwhile. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(2);

    private final String session;
    private final SpendTable table;
    private final Models models;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final long minute;

    // All below is guarded by this.
    private final Pace pace = new Pace();
    private final Set<OneCall> running = new HashSet<>();
    private final Map<Budget, Double> warned = new EnumMap<>(Budget.class);
    private SessionPolicy policy;
    private SpendView all;
    private SpendView turn = SpendView.NOTHING;
    private long turnMark;
    private boolean inTurn;
    private boolean timeTold;

    /**
     * Of a session with this id; what it spent before is read from the table.
     *
     * @param nanos as {@link System#nanoTime}
     * @param minute how long one of the policy's minutes is
     */
    Spending(
            String session,
            SessionPolicy policy,
            SpendTable table,
            Models models,
            InstantSource clock,
            LongSupplier nanos,
            Duration minute) {
        this.session = session;
        this.policy = policy;
        this.table = table;
        this.models = models;
        this.clock = clock;
        this.nanos = nanos;
        this.minute = minute.toNanos();
        this.all = SpendView.of(table.total(session), table.turnTime(session));
        var _ = warnings(); // told already, when it was spent or the limit was set
    }

    /** All that was spent. */
    synchronized SpendView all() {
        return all;
    }

    /** What was spent in the newest turn of this server's time. */
    synchronized SpendView turn() {
        return turn;
    }

    /** Other limits hold from now on. Returns warnings for those that are nearly met. */
    synchronized List<EventPayload> policy(SessionPolicy next) {
        policy = next;
        timeTold = false;
        return warnings();
    }

    /** A turn begins. */
    synchronized void turnStarted() {
        turn = SpendView.NOTHING;
        turnMark = nanos.getAsLong();
        inTurn = true;
        timeTold = false;
    }

    /** The turn is over. Returns warnings. */
    synchronized List<EventPayload> turnEnded() {
        mark();
        inTurn = false;
        return warnings();
    }

    /** When {@link #timeReached} has something to say, as {@code nanos} counts; {@link Long#MAX_VALUE} for never. */
    synchronized long timeUp() {
        Long minutes = policy.minutes();
        if (minutes == null || !inTurn || timeTold) {
            return Turn.NEVER;
        }
        return turnMark
                + Math.max(0, minutes * minute - Duration.ofMillis(all.turnMs()).toNanos());
    }

    /** Whether the running turn has used up the time that the session may work; said once. */
    synchronized Optional<BudgetReached> timeReached() {
        if (nanos.getAsLong() < timeUp()) {
            return Optional.empty();
        }
        Optional<BudgetReached> why = inTurn && !timeTold ? over(Budget.MINUTES, 0) : Optional.empty();
        timeTold |= why.isPresent();
        return why;
    }

    @Override
    public synchronized Optional<String> turnOver() {
        return timeTold ? over(Budget.MINUTES, 0).map(BudgetReached::text) : Optional.empty();
    }

    @Override
    public synchronized Admission admit(Asked call) {
        Optional<BudgetReached> why = refusal(call);
        if (why.isPresent()) {
            return new Admission.No(why.get());
        }
        long now = nanos.getAsLong();
        Optional<Pace.Slower> slower = pace.wait(policy, now);
        if (slower.isEmpty()) {
            OneCall admitted = new OneCall(call);
            pace.request(now);
            running.add(admitted);
            return new Admission.Go(admitted);
        }
        Pace.Slower cap = slower.get();
        Duration time = Duration.ofNanos(cap.time());
        String seconds = Math.max(1, (time.toMillis() + 999) / 1000) + " s";
        if (call.waited().plus(time).compareTo(LONGEST_WAIT) > 0) {
            return new Admission.No(new BudgetReached(
                    cap.cap(),
                    cap.limit(),
                    cap.limit(),
                    "Stopped: at " + cap.words() + " the next request would wait " + seconds
                            + " more, longer than the " + LONGEST_WAIT.toSeconds()
                            + " s that one may wait. Send a message later, or raise the cap."));
        }
        return new Admission.Wait(time, "Waiting " + seconds + " for the session's cap of " + cap.words() + ".");
    }

    private Optional<BudgetReached> refusal(Asked call) {
        OptionalDouble usd = Budget.MONEY.limit(policy);
        if (usd.isPresent() && !models.countsCost(call.provider(), call.model())) {
            return Optional.of(new BudgetReached(
                    Budget.MONEY.json(),
                    all.cost(),
                    usd.getAsDouble(),
                    "Stopped: the budget of " + Budget.MONEY.words(usd.getAsDouble())
                            + " cannot be counted, as the price of " + call.provider() + "/" + call.model()
                            + " is not known. Remove the budget, or choose another model."));
        }
        double price = models.prices()
                .of(call.provider(), call.model())
                .map(known -> known.of(call.promptTokens(), 0, 0))
                .orElse(0.0);
        return over(Budget.REQUESTS, 0)
                .or(() -> over(Budget.MINUTES, 0))
                .or(() -> over(Budget.TOKENS, (double) call.promptTokens()))
                .or(() -> over(Budget.MONEY, price));
    }

    /** Whether a budget is used up, or would be with this much more. */
    private Optional<BudgetReached> over(Budget budget, double more) {
        OptionalDouble limit = budget.limit(policy);
        double used = used(budget);
        if (limit.isEmpty() || (used < limit.getAsDouble() && used + more <= limit.getAsDouble())) {
            return Optional.empty();
        }
        String of = "Stopped: the budget of " + budget.words(limit.getAsDouble());
        String text = used >= limit.getAsDouble()
                ? of + " is used up (" + budget.words(used) + "). Raise it to go on."
                : of + " does not cover the next request: " + budget.words(used) + " used, and it needs about "
                        + budget.words(more) + ". Raise it to go on.";
        return Optional.of(new BudgetReached(budget.json(), used, limit.getAsDouble(), text));
    }

    /** What is used of a budget, running calls as far as they have got. */
    private double used(Budget budget) {
        return switch (budget) {
            case TOKENS ->
                all.tokens() + running.stream().mapToLong(OneCall::tokens).sum();
            case MONEY ->
                all.cost() + running.stream().mapToDouble(OneCall::cost).sum();
            case REQUESTS -> all.requests() + running.size();
            case MINUTES ->
                (Duration.ofMillis(all.turnMs()).toNanos() + (inTurn ? nanos.getAsLong() - turnMark : 0))
                        / (double) minute;
        };
    }

    private List<EventPayload> warnings() {
        List<EventPayload> found = new ArrayList<>();
        for (Budget budget : Budget.values()) {
            OptionalDouble limit = budget.limit(policy);
            double used = used(budget);
            if (limit.isPresent() && used >= MOST * limit.getAsDouble()) {
                Double before = warned.put(budget, limit.getAsDouble());
                if (before == null || before != limit.getAsDouble()) {
                    String text = "Of the budget of " + budget.words(limit.getAsDouble()) + ", " + budget.words(used)
                            + " are used.";
                    found.add(new BudgetWarning(budget.json(), used, limit.getAsDouble(), text));
                }
            }
        }
        return found;
    }

    /** Counts the time of the running turn so far. */
    private void mark() {
        long ms = inTurn ? Duration.ofNanos(nanos.getAsLong() - turnMark).toMillis() : 0;
        if (ms > 0) {
            turnMark += Duration.ofMillis(ms).toNanos();
            all = all.longer(ms);
            turn = turn.longer(ms);
            table.addTurnTimeLater(session, ms);
        }
    }

    private synchronized Settled settle(OneCall call, @Nullable Usage usage) {
        boolean first = running.remove(call);
        if (usage == null || !first) {
            return new Settled(null, List.of());
        }
        Usage priced = priced(call, usage);
        all = all.plus(priced);
        turn = turn.plus(priced);
        pace.tokens(nanos.getAsLong(), priced.inputTokens() + priced.outputTokens());
        mark();
        SpendView one = SpendView.NOTHING.plus(priced);
        table.addLater(new SpendRow(
                session,
                LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).toString(),
                call.asked.provider(),
                call.asked.model(),
                one.requests(),
                one.inputTokens(),
                one.outputTokens(),
                one.cachedInputTokens(),
                one.reasoningTokens(),
                one.cost(),
                one.unpriced(),
                one.estimated()));
        return new Settled(priced, warnings());
    }

    /** With its cost: as the provider says, else by the list. */
    private static Usage priced(OneCall call, Usage usage) {
        Price price = call.price;
        if (usage.cost() != null || price == null) {
            return usage;
        }
        Long told = usage.cachedInputTokens();
        long cached = told == null ? 0 : Math.min(told, usage.inputTokens());
        return new Usage(
                usage.model(),
                usage.inputTokens(),
                usage.outputTokens(),
                usage.cachedInputTokens(),
                usage.reasoningTokens(),
                price.of(usage.inputTokens(), cached, usage.outputTokens()),
                usage.provider(),
                usage.estimated());
    }

    /** A call on its way. */
    private final class OneCall implements Running {

        private final Asked asked;
        private final @Nullable Price price;
        private long answer; // guarded by the spending

        OneCall(Asked asked) {
            this.asked = asked;
            this.price = models.prices().of(asked.provider(), asked.model()).orElse(null);
        }

        long tokens() {
            return asked.promptTokens() + answer;
        }

        double cost() {
            return price == null ? 0 : price.of(asked.promptTokens(), 0, answer);
        }

        @Override
        public Optional<BudgetReached> grown(long tokens) {
            synchronized (Spending.this) {
                answer = tokens;
                return over(Budget.TOKENS, 0).or(() -> over(Budget.MONEY, 0));
            }
        }

        @Override
        public Settled settle(@Nullable Usage usage) {
            return Spending.this.settle(this, usage);
        }
    }
}

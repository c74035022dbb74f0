package dev.execlaw.gateway;

import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.BudgetReached;
import dev.execlaw.event.EventPayload.Usage;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A meter that says what the test wants, and writes down what it is told. */
final class ScriptedMeter implements Meter {

    final List<Asked> asked = new CopyOnWriteArrayList<>();
    final List<Usage> settled = new CopyOnWriteArrayList<>();

    /** Said to the next calls, one after the other; then they may go. */
    final Queue<Admission> admissions = new ConcurrentLinkedQueue<>();

    /** Tokens of an answer at which it must end. */
    volatile long most = Long.MAX_VALUE;

    volatile List<EventPayload> warnings = List.of();
    volatile @Nullable String over;

    static BudgetReached reached(String text) {
        return new BudgetReached("tokens", 10, 10, text);
    }

    @Override
    public Admission admit(Asked call) {
        asked.add(call);
        Admission next = admissions.poll();
        return next == null ? new Admission.Go(new One()) : next;
    }

    @Override
    public Optional<String> turnOver() {
        return Optional.ofNullable(over);
    }

    private final class One implements Running {

        @Override
        public Optional<BudgetReached> grown(long tokens) {
            return tokens >= most ? Optional.of(reached("Stopped: enough.")) : Optional.empty();
        }

        @Override
        public Settled settle(@Nullable Usage usage) {
            if (usage != null) {
                settled.add(usage);
            }
            return new Settled(usage, usage == null ? List.of() : warnings);
        }
    }
}

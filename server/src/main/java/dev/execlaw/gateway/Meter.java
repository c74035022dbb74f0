package dev.execlaw.gateway;

import dev.execlaw.event.EventPayload;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a session may spend on its model calls, and what they have spent. Any thread may use it; nothing of it blocks. */
public interface Meter {

    /** No limits, and nobody who adds up. */
    Meter FREE = new Free();

    /** Asks for a call. A call that may go must be {@link Running#settle settled}. */
    Admission admit(Asked call);

    /** Why the whole turn is to end, if it is: its time is up. */
    Optional<String> turnOver();

    /**
     * A call that wants to go out.
     *
     * @param promptTokens guessed from its text
     * @param waited for its turn so far
     */
    record Asked(String provider, String model, long promptTokens, Duration waited) {}

    /** What is said to a call. */
    sealed interface Admission {

        /** It may go. */
        record Go(Running running) implements Admission {}

        /**
         * It may ask again after this time.
         *
         * @param why in words
         */
        record Wait(Duration time, String why) implements Admission {}

        /** It may not go. */
        record No(EventPayload.BudgetReached why) implements Admission {}
    }

    /** A call that went out. */
    interface Running {

        /**
         * The answer has got this long.
         *
         * @param tokens of it so far, guessed from its text
         * @return why it must end now, if it must
         */
        Optional<EventPayload.BudgetReached> grown(long tokens);

        /**
         * The call is over, well or not.
         *
         * @param usage of it; null where it cost nothing
         */
        Settled settle(EventPayload.@Nullable Usage usage);
    }

    /**
     * What a call came to.
     *
     * @param usage the same with its price
     * @param warnings about budgets that come to their end
     */
    record Settled(EventPayload.@Nullable Usage usage, List<EventPayload> warnings) {

        public Settled {
            warnings = List.copyOf(warnings);
        }
    }

    /** See {@link Meter#FREE}. */
    final class Free implements Meter, Running {

        private Free() {}

        @Override
        public Admission admit(Asked call) {
            return new Admission.Go(this);
        }

        @Override
        public Optional<String> turnOver() {
            return Optional.empty();
        }

        @Override
        public Optional<EventPayload.BudgetReached> grown(long tokens) {
            return Optional.empty();
        }

        @Override
        public Settled settle(EventPayload.@Nullable Usage usage) {
            return new Settled(usage, List.of());
        }
    }
}

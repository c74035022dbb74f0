package dev.execlaw.microvm.network;

import java.util.List;

/** What a guest reaches beside its gateway. Private ranges, other guests and the host are out of reach with any of them. */
public sealed interface EgressPolicy {

    /** The whole internet. */
    record Internet() implements EgressPolicy {}

    /** Nothing. */
    record None() implements EgressPolicy {}

    /**
     * What is listed. Names are resolved by the host alone, and only listed ones.
     *
     * @param destinations in the order in which they were given
     */
    record Allowlist(List<Destination> destinations) implements EgressPolicy {

        public Allowlist {
            destinations = List.copyOf(destinations);
        }
    }
}

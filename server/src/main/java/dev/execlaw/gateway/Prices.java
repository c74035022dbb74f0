package dev.execlaw.gateway;

import java.util.Map;
import java.util.Optional;

/** What models cost. Any thread may ask; the answer is what is known now and never waited for. */
@FunctionalInterface
public interface Prices {

    /**
     * The few that are built in, as the provider's list had them in June 2026. A name that is not in the list has no price,
     * however much it looks like one that is.
     */
    Prices BUILT_IN = (provider, model) -> Optional.ofNullable(Map.of(
                    "demo/demo", new Price(0, 0, null),
                    "openai/gpt-4o", new Price(2.50, 10.00, 1.25),
                    "openai/gpt-4o-mini", new Price(0.15, 0.60, 0.075))
            .get(provider + "/" + model));

    /** The price of a provider's model; empty where it is not known. */
    Optional<Price> of(String provider, String model);
}

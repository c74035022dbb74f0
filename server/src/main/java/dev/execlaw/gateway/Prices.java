package dev.execlaw.gateway;

import java.util.Optional;

/** What models cost. Any thread may ask; the answer is what is known now and never waited for. */
@FunctionalInterface
public interface Prices {

    /** As they were documented when this was built; the demo costs nothing. */
    static Prices documented(Providers providers) {
        return (provider, model) -> providers.find(provider).flatMap(settings -> BuiltInModels.price(settings, model));
    }

    /** The price of a provider's model; empty where it is not known. */
    Optional<Price> of(String provider, String model);
}

package dev.execlaw.session;

import dev.execlaw.gateway.Prices;
import dev.execlaw.gateway.ProviderSettings;
import dev.execlaw.gateway.Providers;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.util.Optional;
import java.util.function.Function;

/**
 * The providers and models that sessions may name.
 *
 * @param keys the server's own key of a provider, for sessions that bring none
 * @param usual the model of a provider for which none is configured; may ask the provider
 * @param prices what models cost
 */
public record Models(
        Providers providers,
        Function<String, Optional<String>> keys,
        Function<String, Optional<String>> usual,
        Prices prices) {

    /** Those of providers that have a model configured, at the documented prices. */
    public Models(Providers providers, Function<String, Optional<String>> keys) {
        this(providers, keys, _ -> Optional.empty(), Prices.documented(providers));
    }

    /** Whether it will be known what a call costs: by a price, or because the provider tells. */
    boolean countsCost(String provider, String model) {
        return prices.of(provider, model).isPresent()
                || providers.find(provider).map(ProviderSettings::tellsCost).orElse(false);
    }

    /** Refuses a budget of money for a model whose calls nobody could count. */
    void requireCountable(SessionPolicy policy, String provider, String model) {
        if (policy.usd() != null && !countsCost(provider, model)) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST,
                    "policy.usd is " + policy.usd() + ", but the price of " + provider + "/" + model
                            + " is not known, so the budget could not be counted",
                    "leave policy.usd out and limit policy.tokens instead, or choose a model with a known price");
        }
    }

    /** A valid choice. */
    record Choice(String provider, String model, boolean needsKey, boolean keyPresent) {}

    /** Checks a provider and a model, or takes the provider's first model. */
    Choice choose(String provider, Optional<String> model) {
        ProviderSettings known =
                providers.find(provider).orElseGet(() -> providers.require(provider, model.orElse("")));
        String name = model.or(known::defaultModel)
                .or(() -> usual.apply(provider))
                .orElseThrow(() -> new ProblemException(
                        ErrorCode.UNKNOWN_MODEL,
                        "provider " + provider + " has no default model",
                        "name one in the field model"));
        providers.require(provider, name);
        return new Choice(provider, name, known.needsKey(), keys.apply(provider).isPresent());
    }
}

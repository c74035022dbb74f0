package dev.execlaw.session;

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
 */
public record Models(Providers providers, Function<String, Optional<String>> keys) {

    /** A valid choice. */
    record Choice(String provider, String model, boolean needsKey, boolean keyPresent) {}

    /** Checks a provider and a model, or takes the provider's first model. */
    Choice choose(String provider, Optional<String> model) {
        ProviderSettings known =
                providers.find(provider).orElseGet(() -> providers.require(provider, model.orElse("")));
        String name = model.or(known::defaultModel)
                .orElseThrow(() -> new ProblemException(
                        ErrorCode.UNKNOWN_MODEL,
                        "provider " + provider + " has no default model",
                        "name one in the field model"));
        providers.require(provider, name);
        return new Choice(provider, name, known.needsKey(), keys.apply(provider).isPresent());
    }
}

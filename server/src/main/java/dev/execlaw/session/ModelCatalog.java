package dev.execlaw.session;

import java.util.Optional;

/** The providers and models that sessions may name. Any thread may use it. */
public interface ModelCatalog {

    /**
     * A provider and one of its models.
     *
     * @param model null for the provider's default
     * @throws dev.execlaw.problem.ProblemException {@code UNKNOWN_PROVIDER}, {@code UNKNOWN_MODEL}, naming those there are
     */
    Choice choose(String provider, Optional<String> model);

    /**
     * A valid choice.
     *
     * @param needsKey whether calls carry a key
     * @param keyPresent whether the server itself has one for sessions that bring none
     */
    record Choice(String provider, String model, boolean needsKey, boolean keyPresent) {}
}

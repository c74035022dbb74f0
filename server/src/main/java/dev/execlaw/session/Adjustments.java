package dev.execlaw.session;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What may be changed of a session at any time. Values are checked at once, by any thread; what depends on the session is
 * checked on its own thread, where the change is made.
 */
record Adjustments(Models models) {

    /** Other budgets and caps. */
    Consumer<Chronicle> policy(SessionPolicy policy) {
        SessionPolicy checked = policy.checked();
        return session -> {
            SessionSettings now = session.settings();
            DirectKey.requireNoPolicy(now, checked);
            models.requireCountable(checked, now.provider(), now.model());
            session.govern(checked);
        };
    }

    /** Another model, of the same provider or of another. */
    Consumer<Chronicle> model(SwitchModel wanted) {
        Optional<String> key = Optional.ofNullable(wanted.apiKey()).filter(text -> !text.isBlank());
        if (wanted.provider() == null && wanted.model() == null) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST, "neither provider nor model is named", "send provider, model or both");
        }
        return session -> {
            SessionSettings now = session.settings();
            DirectKey.requireGateway(now);
            String provider = wanted.provider() == null ? now.provider() : wanted.provider();
            Models.Choice choice = models.choose(provider, Optional.ofNullable(wanted.model()));
            boolean own = session.ownKey().present() && now.keyProvider().equals(choice.provider());
            if (!own || key.isPresent()) {
                Draft.requireKey(choice, key.orElse(null));
            }
            models.requireCountable(now.steering().policy(), choice.provider(), choice.model());
            session.ask(choice, key);
        };
    }

    /** Another way to ask the model. */
    static Consumer<Chronicle> modelSettings(ModelSettings settings) {
        ModelSettings checked = settings.checked();
        return session -> session.change(
                session.settings().tuned(checked), new dev.execlaw.event.EventPayload.ModelSettingsChanged(checked));
    }

    /** Another name. */
    static Consumer<Chronicle> name(String name) {
        String checked = Draft.name(name);
        return session -> session.rename(checked);
    }
}

package dev.execlaw.session;

import dev.execlaw.agent.Agents;
import dev.execlaw.key.KeyText;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns a request into settings: every limit checked, every default filled in. */
final class Draft {

    static final Limit VCPUS = new Limit(1, 8);
    static final Limit MEMORY_MIB = new Limit(256, 16_384);

    private static final Limit IDLE_TIMEOUT_MIN = new Limit(5, 10_080);
    private static final int NEVER = 0;
    private static final int NAME_LENGTH = 80;

    private final SessionDefaults defaults;
    private final Models models;
    private final Names names;
    private final Agents agents;

    /** For the agents that need no configuration. */
    Draft(SessionDefaults defaults, Models models, Names names) {
        this(defaults, models, names, Agents.BUILT_IN);
    }

    Draft(SessionDefaults defaults, Models models, Names names, Agents agents) {
        this.agents = agents;
        this.defaults = defaults;
        this.models = models;
        this.names = names;
    }

    SessionSettings settings(CreateSession request, Image image) {
        VCPUS.check("vcpus", request.vcpus());
        MEMORY_MIB.check("memoryMiB", request.memoryMiB());
        if (!Objects.equals(request.idleTimeoutMin(), NEVER)) {
            IDLE_TIMEOUT_MIN.check("idleTimeoutMin (0: never)", request.idleTimeoutMin());
        }
        ModelSettings how = new ModelSettings(
                        request.temperature(), request.maxTokens(), request.reasoningEffort(), request.systemPrompt())
                .checked();
        String agent = Objects.requireNonNullElse(request.agent(), defaults.agent());
        if (agents.find(agent, image.agent()).isEmpty()) {
            throw new ProblemException(
                    ErrorCode.UNKNOWN_AGENT,
                    "there is no agent \"" + agent + "\"",
                    "use one of: " + String.join(", ", agents.names()));
        }
        Models.Choice choice = models.choose(provider(request), Optional.ofNullable(request.model()));
        requireKey(choice, request.apiKey());
        SessionPolicy policy =
                Objects.requireNonNullElse(request.policy(), defaults.policy()).checked();
        models.requireCountable(policy, choice.provider(), choice.model());
        return new SessionSettings(
                request.name() == null || request.name().isBlank() ? names.next() : name(request.name()),
                choice.provider(),
                choice.model(),
                agent,
                image.id(),
                image.agent().kind(),
                Objects.requireNonNullElse(request.vcpus(), defaults.vcpus()),
                Objects.requireNonNullElse(request.memoryMiB(), defaults.memoryMiB()),
                how.systemPrompt(),
                how.temperature(),
                how.maxTokens(),
                idleTimeout(request),
                Objects.requireNonNullElse(request.network(), defaults.network())
                        .checked(),
                null,
                null,
                new Steering(
                        how.reasoningEffort(),
                        policy,
                        null,
                        request.keyMode(),
                        new Channels(agents, defaults).of(request, agent, image)));
    }

    private @Nullable Integer idleTimeout(CreateSession request) {
        Integer minutes = Objects.requireNonNullElse(request.idleTimeoutMin(), defaults.idleTimeoutMin());
        return minutes == NEVER ? null : minutes;
    }

    // A body without the field arrives as null whatever the type says.
    private static String provider(CreateSession request) {
        String provider = request.provider();
        if (provider == null || provider.isBlank()) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST,
                    "the field provider is missing",
                    "name a provider, e.g. \"demo\", which needs no key");
        }
        return provider;
    }

    static void requireKey(Models.Choice choice, @Nullable String apiKey) {
        if (choice.needsKey() && !choice.keyPresent() && (apiKey == null || apiKey.isBlank())) {
            throw new ProblemException(
                    ErrorCode.KEY_MISSING,
                    "provider " + choice.provider()
                            + " needs an API key, and neither the request nor the server has one",
                    "send apiKey, or enter the provider's key once: PUT /api/v1/keys/" + choice.provider());
        }
        if (apiKey != null && !apiKey.isBlank()) {
            KeyText.checked("apiKey", apiKey);
        }
    }

    /** Checks a name a person gave. */
    static String name(@Nullable String name) {
        if (name == null || name.isBlank()) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST,
                    "the name is empty",
                    "send a name of 1 to " + NAME_LENGTH + " characters");
        }
        String stripped = name.strip();
        int length = stripped.codePointCount(0, stripped.length());
        if (length > NAME_LENGTH) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST,
                    "the name has " + length + " characters, allowed are " + NAME_LENGTH,
                    "send a shorter one");
        }
        if (stripped.chars().anyMatch(Character::isISOControl)) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST, "the name has control characters", "send it without them");
        }
        return stripped;
    }
}

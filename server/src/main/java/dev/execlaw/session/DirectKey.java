package dev.execlaw.session;

import dev.execlaw.agent.AgentSettings;
import dev.execlaw.gateway.ProviderSettings;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.net.URI;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A provider's key that goes into a guest, as {@link KeyMode#DIRECT} has it.
 *
 * @param key opens it, for the moment in which the guest is told
 */
record DirectKey(ProviderSettings provider, Supplier<Optional<String>> key) {

    /** Providers that agents know by name, and where these are. */
    private static final Map<String, String> HOSTS =
            Map.of("openrouter", "openrouter.ai", "openai", "api.openai.com", "anthropic", "api.anthropic.com");

    /** What the agent must know. The key is read now; where it was removed meanwhile, the provider says what is missing. */
    AgentSettings agentSettings(SessionSettings settings) {
        String now = key.get().orElse("");
        String url = Objects.requireNonNull(provider.baseUrl(), "baseUrl");
        return new AgentSettings(
                url,
                now,
                settings.model(),
                settings.systemPrompt(),
                settings.temperature(),
                settings.maxTokens(),
                new AgentSettings.Direct(known(provider) ? provider.id() : null));
    }

    /** Whether agents know it by its name, and where it is. */
    private static boolean known(ProviderSettings provider) {
        String url = Objects.requireNonNull(provider.baseUrl(), "baseUrl");
        return Objects.equals(HOSTS.get(provider.id()), URI.create(url).getHost());
    }

    /**
     * Refuses what cannot work, or would not do what its user thinks.
     *
     * @param allowed whether this server's configuration allows it
     */
    static void check(SessionSettings settings, ProviderSettings provider, boolean allowed, HostNetwork.Mode mode) {
        if (settings.keyMode() == KeyMode.GATEWAY) {
            return;
        }
        if (!allowed) {
            throw refused(
                    "this server gives no key to machines (session.key_mode_direct_allowed = false)",
                    "leave keyMode out");
        }
        if (provider.kind() == ProviderSettings.Kind.DEMO) {
            throw refused("provider " + provider.id() + " is within the gateway, and has no key", "leave keyMode out");
        }
        if (provider.kind() == ProviderSettings.Kind.ANTHROPIC && !known(provider)) {
            throw refused(
                    "provider " + provider.id() + " is spoken to as Anthropic at " + provider.baseUrl()
                            + "; agents speak so to the provider \"anthropic\" at api.anthropic.com alone",
                    "leave keyMode out: the gateway speaks to it");
        }
        if (mode == HostNetwork.Mode.USER || settings.network().equals(NetworkPolicy.NONE)) {
            throw refused(
                    mode == HostNetwork.Mode.USER
                            ? "machines of this host reach their gateway alone, and so no provider"
                            : "network.policy is \"none\", so the machine would reach no provider",
                    "leave keyMode out, or give the machine the policy \"internet\" where the host can");
        }
        requireNoPolicy(settings, settings.steering().policy());
    }

    /** Budgets and caps hold where the traffic is seen, which for such a session it is not. */
    static void requireNoPolicy(SessionSettings settings, SessionPolicy policy) {
        if (settings.keyMode() == KeyMode.DIRECT && !policy.equals(SessionPolicy.NONE)) {
            throw refused(
                    "keyMode is \"direct\", so the budgets and caps of its policy could not be held",
                    "leave keyMode out, or send a policy without limits");
        }
    }

    /** Its agent was told which model to call when its machine started, and is not asked again. */
    static void requireGateway(SessionSettings settings) {
        if (settings.keyMode() == KeyMode.DIRECT) {
            throw new ProblemException(
                    ErrorCode.STATE_CONFLICT,
                    "keyMode is \"direct\": the agent in the machine calls " + settings.provider() + " by itself",
                    "create a session with the other model");
        }
    }

    private static ProblemException refused(String detail, String next) {
        return new ProblemException(ErrorCode.INVALID_REQUEST, detail, next);
    }

    @Override
    public String toString() {
        return "DirectKey[" + provider.id() + "]";
    }
}

package dev.execlaw.session;

import dev.execlaw.agent.AgentSettings;
import dev.execlaw.gateway.ProviderSettings;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.microvm.network.Destination;
import dev.execlaw.microvm.network.EgressPolicy;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.net.URI;
import java.util.List;
import java.util.Locale;
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
        return new AgentSettings(
                Objects.requireNonNull(provider.baseUrl(), "baseUrl"),
                now,
                settings.model(),
                settings.systemPrompt(),
                settings.temperature(),
                settings.maxTokens(),
                new AgentSettings.Direct(known(provider) ? provider.id() : null));
    }

    private static boolean known(ProviderSettings provider) {
        return Objects.equals(HOSTS.get(provider.id()), host(provider));
    }

    private static String host(ProviderSettings provider) {
        String host = URI.create(Objects.requireNonNull(provider.baseUrl(), "baseUrl"))
                .getHost();
        return host == null ? "" : host.toLowerCase(Locale.ROOT);
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
                    "agents speak Anthropic's API with " + HOSTS.get("anthropic") + " alone, and " + provider.id()
                            + " is at " + host(provider),
                    "leave keyMode out: the gateway speaks it with any host");
        }
        if (mode == HostNetwork.Mode.USER) {
            throw refused("machines of this host reach their gateway alone, and so no provider", "leave keyMode out");
        }
        requireReach(settings, provider, settings.network());
        requireNoPolicy(settings, settings.steering().policy());
    }

    /** Refuses a network that does not lead to the provider which the agent calls by itself. */
    static void requireReach(SessionSettings settings, ProviderSettings provider, NetworkPolicy network) {
        if (settings.keyMode() == KeyMode.GATEWAY) {
            return;
        }
        String host = host(provider);
        switch (network.egress()) {
            case EgressPolicy.Internet _ -> {}
            case EgressPolicy.None _ ->
                throw refused(
                        "network.policy is \"none\", so the machine would not reach " + host,
                        "leave keyMode out, or give the machine the policy \"internet\"");
            case EgressPolicy.Allowlist(List<Destination> destinations) -> {
                if (destinations.stream().noneMatch(entry -> covers(entry, host))) {
                    throw refused(
                            "network.allow has no entry for " + host + ", where provider " + provider.id()
                                    + " is, so the machine would not reach it",
                            "add \"" + host + "\" to network.allow, or leave keyMode out");
                }
            }
        }
    }

    private static boolean covers(Destination entry, String host) {
        return switch (entry) {
            case Destination.Name name -> name.covers(host);
            case Destination.Network network ->
                host.matches("[0-9.]+")
                        && Destination.parse(host) instanceof Destination.Network one
                        && network.contains(one);
        };
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

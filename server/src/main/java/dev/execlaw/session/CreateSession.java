package dev.execlaw.session;

import dev.execlaw.agent.AgentChannel;
import org.jspecify.annotations.Nullable;

/**
 * Body of {@code POST /sessions}. Null means the default. Validated by {@link Sessions#create}, which knows what exists.
 *
 * @param apiKey kept for this session only, never shown again; given to the guest with {@code direct} alone
 * @param network what its guest may reach; null for the server's default
 * @param idleTimeoutMin minutes without work until the session sleeps, 5 to 10080; 0 for never; null for the server's
 *     default
 * @param reasoningEffort see {@link ModelSettings}
 * @param policy budgets and caps; null for the server's default
 * @param keyMode where the provider's key is; null for the gateway
 * @param agentChannel how messages get to the agent; null for the server's default
 */
public record CreateSession(
        @Nullable String name,
        String provider,
        @Nullable String model,
        @Nullable String agent,
        @Nullable String apiKey,
        @Nullable Integer vcpus,
        @Nullable Integer memoryMiB,
        @Nullable String systemPrompt,
        @Nullable Double temperature,
        @Nullable Integer maxTokens,
        @Nullable Integer idleTimeoutMin,
        @Nullable NetworkPolicy network,
        @Nullable String reasoningEffort,
        @Nullable SessionPolicy policy,
        @Nullable KeyMode keyMode,
        @Nullable AgentChannel agentChannel) {

    /** One that leaves it to the server how messages get to its agent. */
    public CreateSession(
            @Nullable String name,
            String provider,
            @Nullable String model,
            @Nullable String agent,
            @Nullable String apiKey,
            @Nullable Integer vcpus,
            @Nullable Integer memoryMiB,
            @Nullable String systemPrompt,
            @Nullable Double temperature,
            @Nullable Integer maxTokens,
            @Nullable Integer idleTimeoutMin,
            @Nullable NetworkPolicy network,
            @Nullable String reasoningEffort,
            @Nullable SessionPolicy policy,
            @Nullable KeyMode keyMode) {
        this(
                name,
                provider,
                model,
                agent,
                apiKey,
                vcpus,
                memoryMiB,
                systemPrompt,
                temperature,
                maxTokens,
                idleTimeoutMin,
                network,
                reasoningEffort,
                policy,
                keyMode,
                null);
    }

    /** One that takes the server's default policy, and leaves the reasoning to the agent and the provider. */
    public CreateSession(
            @Nullable String name,
            String provider,
            @Nullable String model,
            @Nullable String agent,
            @Nullable String apiKey,
            @Nullable Integer vcpus,
            @Nullable Integer memoryMiB,
            @Nullable String systemPrompt,
            @Nullable Double temperature,
            @Nullable Integer maxTokens,
            @Nullable Integer idleTimeoutMin,
            @Nullable NetworkPolicy network) {
        this(
                name,
                provider,
                model,
                agent,
                apiKey,
                vcpus,
                memoryMiB,
                systemPrompt,
                temperature,
                maxTokens,
                idleTimeoutMin,
                network,
                null,
                null,
                null);
    }

    @Override
    public String toString() {
        return "CreateSession[name=" + name + ", provider=" + provider + ", model=" + model + ", agent=" + agent + "]";
    }
}

package dev.execlaw.session;

import dev.execlaw.agent.AgentChannel;
import org.jspecify.annotations.Nullable;

/**
 * What of a session's settings older builds did not have, and what may be changed while it works.
 *
 * @param keyMode where the provider's key is
 * @param agentChannel how messages get to the agent
 * @param keyProvider whose the session's own key is; null for that of the provider it was made with
 */
record Steering(
        @Nullable String reasoningEffort,
        @Nullable SessionPolicy policy,
        @Nullable String keyProvider,
        @Nullable KeyMode keyMode,
        @Nullable AgentChannel agentChannel) {

    static final Steering NONE = new Steering(null, null, null, null, null);

    @Override
    public SessionPolicy policy() {
        return policy == null ? SessionPolicy.NONE : policy;
    }

    @Override
    public KeyMode keyMode() {
        return keyMode == null ? KeyMode.GATEWAY : keyMode;
    }

    @Override
    public AgentChannel agentChannel() {
        return agentChannel == null ? AgentChannel.CONSOLE : agentChannel;
    }

    Steering under(SessionPolicy other) {
        return new Steering(reasoningEffort, other, keyProvider, keyMode, agentChannel);
    }

    Steering with(@Nullable String effort) {
        return new Steering(effort, policy, keyProvider, keyMode, agentChannel);
    }

    Steering keyFor(String provider) {
        return new Steering(reasoningEffort, policy, provider, keyMode, agentChannel);
    }
}

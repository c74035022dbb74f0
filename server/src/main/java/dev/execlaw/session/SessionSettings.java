package dev.execlaw.session;

import org.jspecify.annotations.Nullable;

/**
 * What was asked for, validated, with every default filled in. Stored with the session.
 *
 * @param image id of the image its disk was cloned from
 * @param network what its guest may reach
 * @param agentInside what the image's agent really is, see {@link dev.execlaw.microvm.image.Image.Agent}
 */
record SessionSettings(
        String name,
        String provider,
        String model,
        String agent,
        String image,
        String agentInside,
        int vcpus,
        int memoryMiB,
        @Nullable String systemPrompt,
        @Nullable Double temperature,
        @Nullable Integer maxTokens,
        @Nullable Integer idleTimeoutMin,
        @Nullable NetworkPolicy network) {

    @Override
    public NetworkPolicy network() {
        return network == null ? NetworkPolicy.INTERNET : network; // sessions of before there was a choice
    }

    SessionSettings named(String newName) {
        return new SessionSettings(
                newName,
                provider,
                model,
                agent,
                image,
                agentInside,
                vcpus,
                memoryMiB,
                systemPrompt,
                temperature,
                maxTokens,
                idleTimeoutMin,
                network);
    }

    SessionSettings reaching(NetworkPolicy policy) {
        return new SessionSettings(
                name,
                provider,
                model,
                agent,
                image,
                agentInside,
                vcpus,
                memoryMiB,
                systemPrompt,
                temperature,
                maxTokens,
                idleTimeoutMin,
                policy);
    }
}

package dev.execlaw.session;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was asked for, validated, with every default filled in. Stored with the session.
 *
 * @param image id of the image its disk was cloned from
 * @param network what its guest may reach
 * @param agentInside what the image's agent really is, see {@link dev.execlaw.microvm.image.Image.Agent}
 * @param origin where it was forked from; null for one that began by itself
 * @param forebears whom its guest was, the first one first
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
        @Nullable NetworkPolicy network,
        @Nullable ForkPoint origin,
        @Nullable List<Forebear> forebears) {

    @Override
    public NetworkPolicy network() {
        return network == null ? NetworkPolicy.INTERNET : network; // sessions of before there was a choice
    }

    @Override
    public List<Forebear> forebears() {
        return forebears == null ? List.of() : forebears; // sessions of before there were forks
    }

    /**
     * A session that the guest was before it was cloned.
     *
     * @param sealedToken the token it had then, encrypted as this session's own secret
     */
    record Forebear(String session, String sealedToken) {}

    /** Settings of a session that begins where this one was. */
    SessionSettings forked(String newName, String newProvider, String newModel, ForkPoint from, List<Forebear> line) {
        return new SessionSettings(
                newName,
                newProvider,
                newModel,
                agent,
                image,
                agentInside,
                vcpus,
                memoryMiB,
                systemPrompt,
                temperature,
                maxTokens,
                idleTimeoutMin,
                network,
                from,
                List.copyOf(line));
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
                network,
                origin,
                forebears);
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
                policy,
                origin,
                forebears);
    }
}

package dev.execlaw.session;

import dev.execlaw.agent.AgentChannel;
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
        @Nullable List<Forebear> forebears,
        @Nullable Steering steering) {

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

    /** What older builds did not have. */
    @Override
    public Steering steering() {
        return steering == null ? Steering.NONE : steering;
    }

    /** How its model is asked. */
    ModelSettings modelSettings() {
        return new ModelSettings(temperature, maxTokens, steering().reasoningEffort(), systemPrompt);
    }

    /** Settings of a session that begins where this one was. */
    SessionSettings forked(String newName, String newProvider, String newModel, ForkPoint from, List<Forebear> line) {
        return with(newName, newProvider, newModel, modelSettings(), network, from, List.copyOf(line), steering());
    }

    SessionSettings named(String newName) {
        return with(newName, provider, model, modelSettings(), network, origin, forebears, steering());
    }

    SessionSettings reaching(NetworkPolicy policy) {
        return with(name, provider, model, modelSettings(), policy, origin, forebears, steering());
    }

    /** The same with another model; its own key stays that of the provider it was given for. */
    SessionSettings asking(String newProvider, String newModel) {
        Steering pinned = steering().keyFor(keyProvider());
        return with(name, newProvider, newModel, modelSettings(), network, origin, forebears, pinned);
    }

    SessionSettings tuned(ModelSettings how) {
        return with(name, provider, model, how, network, origin, forebears, steering());
    }

    SessionSettings steered(Steering other) {
        ModelSettings how = new ModelSettings(temperature, maxTokens, other.reasoningEffort(), systemPrompt);
        return with(name, provider, model, how, network, origin, forebears, other);
    }

    /** Where the provider's key is. */
    KeyMode keyMode() {
        return steering().keyMode();
    }

    /** How messages get to its agent. */
    AgentChannel agentChannel() {
        return steering().agentChannel();
    }

    /** Whose the session's own key is, where it has one. */
    String keyProvider() {
        String other = steering().keyProvider();
        return other == null ? provider : other;
    }

    private SessionSettings with(
            String newName,
            String newProvider,
            String newModel,
            ModelSettings how,
            @Nullable NetworkPolicy newNetwork,
            @Nullable ForkPoint newOrigin,
            @Nullable List<Forebear> line,
            Steering newSteering) {
        return new SessionSettings(
                newName,
                newProvider,
                newModel,
                agent,
                image,
                agentInside,
                vcpus,
                memoryMiB,
                how.systemPrompt(),
                how.temperature(),
                how.maxTokens(),
                idleTimeoutMin,
                newNetwork,
                newOrigin,
                line,
                newSteering.with(how.reasoningEffort()));
    }
}

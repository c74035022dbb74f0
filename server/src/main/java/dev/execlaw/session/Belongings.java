package dev.execlaw.session;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.agent.AgentSettings;
import dev.execlaw.exec.GuestHostKey;
import dev.execlaw.microvm.image.GuestFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a session's guest must have, and no other.
 *
 * @param guestFiles what lets us in
 * @param direct the key that it gets itself; empty where its agent calls the gateway
 * @param hostKey the guest's own key, where it is not the guest that makes it
 */
record Belongings(
        String session,
        SessionSettings settings,
        AgentAdapter agent,
        Optional<DirectKey> direct,
        List<GuestFile> guestFiles,
        Optional<GuestHostKey> hostKey) {

    Belongings {
        guestFiles = List.copyOf(guestFiles);
    }

    /** What its agent must know. */
    List<GuestFile> ofAgent(Place place) {
        return agent.files(direct.map(key -> key.agentSettings(settings)).orElseGet(() -> throughGateway(place)));
    }

    private AgentSettings throughGateway(Place place) {
        return new AgentSettings(
                place.baseUrl(session),
                place.token(),
                settings.model(),
                settings.systemPrompt(),
                settings.temperature(),
                settings.maxTokens());
    }

    /** All of it. */
    List<GuestFile> all(Place place) {
        List<GuestFile> files = new ArrayList<>(ofAgent(place));
        files.addAll(guestFiles);
        hostKey.ifPresent(key -> files.addAll(key.files()));
        return files;
    }
}

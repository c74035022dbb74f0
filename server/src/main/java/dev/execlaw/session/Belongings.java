package dev.execlaw.session;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.agent.AgentSettings;
import dev.execlaw.exec.GuestHostKey;
import dev.execlaw.microvm.image.GuestFile;
import dev.execlaw.microvm.image.Image;
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

    /** What its agent must know, in a guest of this image. */
    List<GuestFile> ofAgent(Place place, Image image) {
        return agent.files(
                direct.map(key -> key.agentSettings(settings)).orElseGet(() -> throughGateway(place, image)));
    }

    private AgentSettings throughGateway(Place place, Image image) {
        return new AgentSettings(
                Place.baseUrl(session, image),
                place.token(),
                settings.model(),
                settings.systemPrompt(),
                settings.temperature(),
                settings.maxTokens());
    }

    /** All of it. */
    List<GuestFile> all(Place place, Image image) {
        List<GuestFile> files = new ArrayList<>(ofAgent(place, image));
        files.addAll(guestFiles);
        hostKey.ifPresent(key -> files.addAll(key.files()));
        return files;
    }
}

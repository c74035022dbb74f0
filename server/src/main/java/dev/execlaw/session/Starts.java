package dev.execlaw.session;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.exec.GuestHostKey;
import dev.execlaw.gateway.GatewaySession;
import dev.execlaw.gateway.TrafficListener;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.microvm.image.GuestFile;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Prepares one session's runs: from what they start, and with which secrets. Belongs to the supervisor's thread. */
final class Starts {

    private final SessionParts parts;
    private final Chronicle chronicle;
    private final AgentAdapter agent;
    private final Credentials credentials;

    Starts(SessionParts parts, Chronicle chronicle, AgentAdapter agent, Credentials credentials) {
        this.parts = parts;
        this.chronicle = chronicle;
        this.agent = agent;
        this.credentials = credentials;
    }

    /** What a start has to start from: its own disk, or for a new session a template, or an image. */
    Origin origin() {
        if (chronicle.place().isPresent()) {
            return new Origin.Boot("");
        }
        SessionSettings settings = chronicle.settings();
        Optional<Image> image = parts.images().byId(settings.image());
        if (image.isEmpty()) {
            return new Origin.Boot(""); // the launch says what is missing
        }
        return origin(parts, settings, image.get(), agent);
    }

    /** What a new session's machine starts from. */
    static Origin origin(SessionParts parts, SessionSettings settings, Image image, AgentAdapter agent) {
        HostNetwork.Mode mode = parts.host().network().mode();
        Templates.Choice choice = parts.templates().forNew(image, settings.vcpus(), settings.memoryMiB(), mode, agent);
        return choice.template()
                .<Origin>map(Origin.Clone::new)
                .orElseGet(() -> new Origin.Boot("booted: " + choice.why()));
    }

    /** A launch, which is not begun. */
    Work.Job launch(Origin origin, int run, TrafficListener traffic, Consumer<Mail> mail) {
        boolean another = switch (origin) {
            case Origin.Boot _ -> false;
            case Origin.Pool _ -> true;
            case Origin.Clone _ -> true;
            case Origin.Return(var _, boolean other) -> other;
        };
        String token = chronicle
                .place()
                .map(Place::token)
                .filter(known -> !known.isEmpty())
                .orElseGet(() ->
                        origin instanceof Origin.Pool(Pooled made, var _) ? made.token() : Credentials.newToken());
        Optional<GuestHostKey> hostKey = another ? Optional.of(hostKey()) : Optional.empty();
        GatewaySession gateway = credentials.gatewaySession(chronicle, token, traffic);
        return switch (origin) {
            case Origin.Pool(Pooled machine, Origin.Clone otherwise) -> {
                Launch second = launch(otherwise, gateway, hostKey, run, mail);
                yield new Claim(parts, machine, gateway, second, run, mail);
            }
            case Origin.Own own -> launch(own, gateway, hostKey, run, mail);
        };
    }

    private Launch launch(
            Origin.Own origin, GatewaySession gateway, Optional<GuestHostKey> hostKey, int run, Consumer<Mail> mail) {
        Launch.Plan plan = new Launch.Plan(
                chronicle.id(),
                chronicle.settings(),
                origin,
                gateway.token(),
                Optional.of(gateway),
                belongings(hostKey),
                chronicle.place());
        return new Launch(parts, plan, run, mail);
    }

    private GuestHostKey hostKey() {
        return chronicle.ownHostKey().orElseGet(() -> {
            GuestHostKey made = GuestHostKey.generate();
            chronicle.ownHostKey(made);
            return made;
        });
    }

    /** An adoption, which is not begun. */
    Adoption adoption(Place place, ProcessIdentity vmm, int run, TrafficListener traffic, Consumer<Mail> mail) {
        GatewaySession gateway = credentials.gatewaySession(chronicle, place.token(), traffic);
        return new Adoption(parts, chronicle.id(), chronicle.settings(), place, vmm, gateway, run, mail);
    }

    /**
     * What a guest that boots must be given into its memory; nothing where its disk has it.
     *
     * @param launched where its first run is
     */
    List<GuestFile> clothes(@Nullable Place launched) {
        boolean direct = chronicle.settings().keyMode() == KeyMode.DIRECT;
        Place place = chronicle.place().orElse(direct ? launched : null);
        if (place == null || !(place.remembers() || direct)) {
            return List.of();
        }
        return parts.images()
                .byId(chronicle.settings().image())
                .map(image -> belongings(chronicle.ownHostKey()).all(place, image))
                .orElse(List.of());
    }

    private Belongings belongings(Optional<GuestHostKey> hostKey) {
        SessionSettings settings = chronicle.settings();
        return new Belongings(
                chronicle.id(), settings, agent, credentials.direct(settings), credentials.guestFiles(), hostKey);
    }
}

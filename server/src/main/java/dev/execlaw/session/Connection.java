package dev.execlaw.session;

import dev.execlaw.gateway.GatewaySession;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.host.Resource;
import dev.execlaw.microvm.network.NetworkException;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Joins a machine, about to start or running already, with its gateway and with what else it may reach. */
final class Connection {

    private Connection() {}

    /** Makes it, or takes over what the last server made. All of it is in the ledger before it is made. */
    static void make(SessionParts parts, String session, Place place, NetworkPolicy policy) throws IOException {
        HostNetwork network = parts.host().network();
        switch (place.mode()) {
            case TAP -> {
                parts.host().ledger().enter(new Resource.Tap(session, place.slot()));
                network.connect(place.slot(), policy.egress());
            }
            case USER -> {
                Path socket = parts.socket(session);
                parts.host().ledger().enter(new Resource.Socket(session, socket));
                Files.deleteIfExists(socket);
            }
        }
    }

    /** Has the gateway listen for the guest. */
    static void open(SessionParts parts, Place place, GatewaySession gateway) {
        parts.gateway().open(gateway, place.gatewayAddress(parts, gateway.id()));
    }

    /** Changes what a joined machine's guest reaches. A failure is a {@link ProblemException}; the last policy holds. */
    static void change(SessionParts parts, Place place, NetworkPolicy policy) {
        if (place.mode() == HostNetwork.Mode.TAP) {
            try {
                parts.host().network().change(place.slot(), policy.egress());
            } catch (NetworkException e) {
                throw new ProblemException(
                        ErrorCode.INTERNAL,
                        "the network of slot " + place.slot().index() + " could not be changed: " + e.getMessage(),
                        "try again; until then the last policy holds",
                        e);
            }
        }
    }
}

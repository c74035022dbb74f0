package dev.execlaw.original;

import dev.execlaw.problem.Problem;
import dev.execlaw.session.AgentStatus;
import dev.execlaw.session.SessionView;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** How a session stands, in the six words of the first ExeClaw. */
final class States {

    private States() {}

    /** A session that sleeps is active: the next message wakes it. One whose agent is not there yet still boots. */
    static String of(SessionView session) {
        return switch (session.state()) {
            case CREATING -> "creating";
            case BOOTING -> "booting";
            case RUNNING -> session.agentState() == AgentStatus.STARTING ? "booting" : "active";
            case PAUSED -> "active";
            case STOPPING -> "stopping";
            case STOPPED -> "stopped";
            case FAILED -> "error";
        };
    }

    static Shapes.Status status(SessionView session, Instant now) {
        return new Shapes.Status(of(session), uptime(session, now));
    }

    /** Seconds since it was created. */
    static long uptime(SessionView session, Instant now) {
        return Math.max(0, Duration.between(session.createdAt(), now).toSeconds());
    }

    /** How it ended; empty while it lives. */
    static Optional<Shapes.Exit> exit(SessionView session) {
        Problem error = session.error();
        return switch (session.state()) {
            case STOPPED -> Optional.of(new Shapes.Exit(0, error == null ? "Session stopped" : error.detail()));
            case FAILED -> Optional.of(new Shapes.Exit(1, error == null ? "Session failed" : error.detail()));
            case CREATING, BOOTING, RUNNING, PAUSED, STOPPING -> Optional.empty();
        };
    }
}

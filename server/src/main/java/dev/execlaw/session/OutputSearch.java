package dev.execlaw.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds the whole outputs that a session's events refer to: its own, or those of the sessions that it was forked from. */
final class OutputSearch {

    private final SessionParts parts;
    private final Function<String, @Nullable SessionView> sessions;

    /**
     * @param sessions a session by its id; null for one that there is not
     */
    OutputSearch(SessionParts parts, Function<String, @Nullable SessionView> sessions) {
        this.parts = parts;
        this.sessions = sessions;
    }

    String find(SessionView session, String call) {
        SessionView at = session;
        while (at != null) {
            Optional<byte[]> output = in(at.id(), call);
            if (output.isPresent()) {
                return new String(output.get(), UTF_8);
            }
            ForkPoint origin = at.origin();
            at = origin == null ? null : sessions.apply(origin.session());
        }
        throw new ProblemException(
                ErrorCode.NOT_FOUND,
                "no whole output of call " + shown(call) + " is kept for session " + session.id(),
                "the newest " + (Outputs.MOST_BYTES >> 20)
                        + " MiB of a session's are kept; the beginning is in its event, and the agent can run the tool again");
    }

    private Optional<byte[]> in(String session, String call) {
        try {
            return parts.outputs(session).find(call);
        } catch (IOException e) {
            throw new ProblemException(
                    ErrorCode.INTERNAL,
                    "the output of call " + shown(call) + " cannot be read: " + e.getMessage(),
                    "look at the disk of the server's data directory",
                    e);
        }
    }

    private static String shown(String call) {
        return call.length() > 64 ? call.substring(0, 64) + "..." : call;
    }
}

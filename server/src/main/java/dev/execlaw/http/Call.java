package dev.execlaw.http;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;

/**
 * A request that was let in and understood.
 *
 * @param path values of the path's named parts
 * @param query the query's parameters
 */
record Call(Map<String, String> path, Fields query) {

    /** Value of a named part of the path. */
    String path(String name) {
        String value = path.get(name);
        if (value == null) {
            throw new IllegalStateException("the path of this endpoint has no part {" + name + "}");
        }
        return value;
    }

    /** The session's id. */
    String session() {
        return path("id");
    }

    /** A whole number from the query, within bounds; empty when it is not given. */
    Optional<Long> number(String name, long least, long most) {
        String text = query.getValue(name);
        if (text == null || text.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(number(name, text, least, most));
    }

    /** The parameters of a request's query. */
    static Fields query(Request request) {
        try {
            return Request.extractQueryParameters(request);
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST,
                    "The query cannot be read: " + e.getMessage() + ".",
                    "Percent-encode its values as UTF-8.",
                    e);
        }
    }

    /** Reads a whole number within bounds. */
    static long number(String name, String text, long least, long most) {
        try {
            long value = Long.parseLong(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException _) {
            // Said below, together with what is out of bounds.
        }
        String shown = text.length() > 40 ? text.substring(0, 40) + "..." : text;
        throw new ProblemException(
                ErrorCode.INVALID_REQUEST,
                name + " is \"" + shown + "\", which is not a whole number from " + least + " to " + most + ".",
                "Leave " + name + " out or give such a number.");
    }
}

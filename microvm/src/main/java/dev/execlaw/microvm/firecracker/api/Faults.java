package dev.execlaw.microvm.firecracker.api;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Tells the shapes of refusals apart (micro-http, src/server.rs; src/firecracker/src/api_server/parsed_request.rs). */
final class Faults {

    private static final int UNAVAILABLE = 503;

    /** The text may hold raw newlines, so JSON it is not. */
    private static final Pattern ERROR =
            Pattern.compile("\\s*\\{\\s*\"error\"\\s*:\\s*\"(.*)\"\\s*}\\s*", Pattern.DOTALL);

    private Faults() {}

    static ApiException of(String operation, RawAnswer answer) {
        Matcher error = ERROR.matcher(answer.body());
        boolean transport = error.matches();
        String text = transport ? error.group(1) : faultMessage(answer.body());
        if (answer.status() == UNAVAILABLE) {
            return new ApiException.TooManyConnections(operation, answer.status(), text);
        }
        return transport
                ? new ApiException.NotUnderstood(operation, answer.status(), text)
                : new ApiException.Refused(operation, answer.status(), text);
    }

    /** The message; the whole body where there is none, as a 500 may carry plain text. */
    private static String faultMessage(String body) {
        try {
            JsonNode message = Json.MAPPER.readTree(body).path("fault_message");
            return message.isString() ? message.asString() : body;
        } catch (JacksonException _) {
            // Plain text: it is its own message.
            return body;
        }
    }
}

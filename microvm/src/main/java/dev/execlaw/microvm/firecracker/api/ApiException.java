package dev.execlaw.microvm.firecracker.api;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A request did not succeed. What kind it is says whether it was carried out and whether another may follow. */
public abstract sealed class ApiException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String operation;
    private final int status;
    private final String faultMessage;

    private ApiException(String operation, int status, String faultMessage, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.operation = operation;
        this.status = status;
        this.faultMessage = faultMessage;
    }

    /** Method and path of the request. */
    public String operation() {
        return operation;
    }

    /** HTTP status; 0 when there was no answer. */
    public int status() {
        return status;
    }

    /** What Firecracker said; empty when there was no answer. */
    public String faultMessage() {
        return faultMessage;
    }

    /** Firecracker understood the request and did not do it: {@code {"fault_message": …}}. */
    public static final class Refused extends ApiException {
        private static final long serialVersionUID = 1L;

        Refused(String operation, int status, String faultMessage) {
            super(
                    operation,
                    status,
                    faultMessage,
                    "Firecracker refused " + operation + " with status " + status + ": " + faultMessage,
                    null);
        }
    }

    /**
     * The server could not read the request as HTTP: {@code {"error": …}} with a raw newline in it, which is not even
     * JSON. All requests on that connection that were not answered are dropped.
     */
    public static final class NotUnderstood extends ApiException {
        private static final long serialVersionUID = 1L;

        NotUnderstood(String operation, int status, String faultMessage) {
            super(
                    operation,
                    status,
                    faultMessage,
                    "Firecracker's server could not read " + operation + ": " + faultMessage.strip(),
                    null);
        }
    }

    /** The server has ten connections already and took no request on this one. */
    public static final class TooManyConnections extends ApiException {
        private static final long serialVersionUID = 1L;

        TooManyConnections(String operation, int status, String faultMessage) {
            super(
                    operation,
                    status,
                    faultMessage,
                    "Firecracker takes no connection for " + operation + ": " + faultMessage
                            + "; it serves 10 at most, close those of other programs",
                    null);
        }
    }

    /** No answer came in time. The request may still be carried out: ask for the state before anything else. */
    public static final class Unanswered extends ApiException {
        private static final long serialVersionUID = 1L;

        Unanswered(String operation, Duration deadline) {
            super(
                    operation,
                    0,
                    "",
                    "Firecracker did not answer " + operation + " within " + deadline.toMillis()
                            + " ms; it may still be carrying it out",
                    null);
        }
    }

    /** There is no connection, or it broke before the answer was whole. */
    public static final class Disconnected extends ApiException {
        private static final long serialVersionUID = 1L;

        Disconnected(String operation, IOException cause) {
            super(operation, 0, "", "no connection for " + operation + ": " + cause.getMessage(), cause);
        }
    }

    /** The answer is not what the API's description says. */
    public static final class Unexpected extends ApiException {
        private static final long serialVersionUID = 1L;

        Unexpected(String operation, int status, String body, @Nullable Throwable cause) {
            super(
                    operation,
                    status,
                    body,
                    "Firecracker answered " + operation + " with status " + status + " and what is not understood: "
                            + body,
                    cause);
        }
    }
}

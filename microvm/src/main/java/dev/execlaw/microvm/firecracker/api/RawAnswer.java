package dev.execlaw.microvm.firecracker.api;

/**
 * An answer as it came.
 *
 * @param status HTTP status
 * @param body as UTF-8, often empty
 * @param deprecated whether the server calls what was used deprecated
 */
public record RawAnswer(int status, String body, boolean deprecated) {

    /** Whether the request succeeded. */
    public boolean succeeded() {
        return status >= 200 && status < 300;
    }
}

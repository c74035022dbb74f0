package dev.execlaw.microvm.firecracker.api;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request that this client has no type for, e.g. of a newer Firecracker.
 *
 * @param path with its leading slash, no spaces, no control characters
 * @param body what becomes its JSON; null for none
 * @param deadline how long the answer may take
 */
public record RawRequest(
        Method method, String path, @Nullable Object body, Duration deadline) implements ApiRequest {

    public RawRequest {
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(deadline, "deadline");
        if (!path.startsWith("/") || !path.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException("path \"" + path + "\" must begin with / and be of visible ASCII");
        }
    }
}

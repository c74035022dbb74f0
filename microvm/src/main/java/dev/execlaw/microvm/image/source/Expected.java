package dev.execlaw.microvm.image.source;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a downloaded file must be.
 *
 * @param kind seen from its first bytes
 * @param architecture for programs and kernels
 * @param size bytes, or -1 where it is not known
 * @param sha256 64 hex digits in small letters, or null where it is not known
 */
public record Expected(
        FileKind kind,
        Architecture architecture,
        long size,
        @Nullable String sha256) {

    /** No asset is anywhere near as large: an endless answer ends here. */
    static final long MOST_BYTES = 16L << 30;

    static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    public Expected {
        if (size < -1 || size > MOST_BYTES) {
            throw new IllegalArgumentException("size is " + size + ", allowed are -1 to " + MOST_BYTES);
        }
        if (sha256 != null && !SHA256.matcher(sha256).matches()) {
            throw new IllegalArgumentException("sha256 \"" + sha256 + "\" is not 64 hex digits in small letters");
        }
    }
}

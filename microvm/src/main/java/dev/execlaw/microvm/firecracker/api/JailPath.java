package dev.execlaw.microvm.firecracker.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * A path as the VMM names it: of its root, or relative to its working directory. It means nothing to this process; what
 * it is called on the host is the jail's matter.
 */
public record JailPath(@JsonValue String text) {

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public JailPath {
        if (text.isEmpty() || text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a path within a jail must not be empty and must hold no NUL");
        }
    }

    @Override
    public String toString() {
        return text;
    }
}

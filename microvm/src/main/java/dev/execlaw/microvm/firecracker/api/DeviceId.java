package dev.execlaw.microvm.firecracker.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/**
 * Name of a drive, a network card or a persistent memory device: letters, digits and underscores (checked_id in
 * Firecracker's src/firecracker/src/api_server/parsed_request.rs). A hyphen is refused, so no UUID is one.
 */
public record DeviceId(@JsonValue String text) {

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_]{1,64}");

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public DeviceId {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("device id \"" + text + "\" is not of the form " + FORM.pattern()
                    + "; hyphens are for instance ids only");
        }
    }

    @Override
    public String toString() {
        return text;
    }
}

package dev.execlaw.microvm.firecracker.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/**
 * Name of an instance, {@code --id}: letters, digits and hyphens, 1 to 64 (validate_instance_id in Firecracker's
 * src/vmm/src/utils). An underscore is refused, unlike in a {@link DeviceId}.
 */
public record InstanceId(@JsonValue String text) {

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9-]{1,64}");

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public InstanceId {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("instance id \"" + text + "\" is not of the form " + FORM.pattern()
                    + "; underscores are for device ids only");
        }
    }

    @Override
    public String toString() {
        return text;
    }
}

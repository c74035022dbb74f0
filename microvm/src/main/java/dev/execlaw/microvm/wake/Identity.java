package dev.execlaw.microvm.wake;

import dev.execlaw.microvm.network.Slot;
import java.util.regex.Pattern;

/**
 * Who a guest is to be.
 *
 * @param slot its addresses and MAC
 * @param hostname 1 to 63 lower-case letters, digits and dashes
 * @param machineId as in machine-id(5): 32 hexadecimal digits in lower case, not all zero
 */
public record Identity(Slot slot, String hostname, String machineId) {

    private static final Pattern HOSTNAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
    private static final Pattern MACHINE_ID = Pattern.compile("(?!0{32})[0-9a-f]{32}");

    public Identity {
        if (!HOSTNAME.matcher(hostname).matches()) {
            throw new IllegalArgumentException(
                    "hostname \"" + hostname + "\" is not of the form " + HOSTNAME.pattern());
        }
        if (!MACHINE_ID.matcher(machineId).matches()) {
            throw new IllegalArgumentException(
                    "machine-id \"" + machineId + "\" is not 32 hexadecimal digits in lower case");
        }
    }
}

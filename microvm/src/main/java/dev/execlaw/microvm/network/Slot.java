package dev.execlaw.microvm.network;

import java.util.Objects;

/**
 * One network place, wholly derived from its number: slot N is the N-th /30 of the prefix, the host's side (the
 * gateway) at .1 of it and the guest at .2.
 *
 * @param prefix the network that it is cut from
 * @param index 0 to 16,383
 */
public record Slot(NetworkPrefix prefix, int index) {

    /** How many slots a /16 holds. */
    public static final int COUNT = 16_384;

    /** What names of TAP devices begin with; the slot's number follows. */
    static final String TAP = "fctap";

    public Slot {
        Objects.requireNonNull(prefix, "prefix");
        if (index < 0 || index >= COUNT) {
            throw new IllegalArgumentException("slot " + index + " is not within 0 to " + (COUNT - 1));
        }
    }

    /** TAP device name, at most 15 characters. */
    public String tap() {
        return TAP + index;
    }

    /** The host's address, where the guest finds the gateway. */
    public String gateway() {
        return address(1);
    }

    /** The guest's address. */
    public String guest() {
        return address(2);
    }

    /** Netmask of a /30. */
    public String netmask() {
        return "255.255.255.252";
    }

    /** Locally administered MAC {@code 02:FC:00:00:hh:ll} of the guest's card. */
    public String mac() {
        return "02:FC:00:00:%02X:%02X".formatted(index >> 8, index & 0xff);
    }

    /** MAC of the host's side: always the same, so that a guest that slept finds its gateway where it was. */
    String gatewayMac() {
        return "02:FC:01:00:%02X:%02X".formatted(index >> 8, index & 0xff);
    }

    private String address(int host) {
        int low = index * 4 + host;
        return prefix.first() + "." + prefix.second() + "." + (low >> 8) + "." + (low & 0xff);
    }
}

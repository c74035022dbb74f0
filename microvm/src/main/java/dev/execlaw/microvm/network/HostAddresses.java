package dev.execlaw.microvm.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * What this host uses of a prefix for itself: networks of its own addresses and routes, those of slots' devices aside.
 *
 * @param used in no order
 */
record HostAddresses(List<Use> used) {

    /** A route to nearly everything, as VPNs set it, stands in nobody's way. */
    private static final int WIDEST = 8;

    HostAddresses {
        used = List.copyOf(used);
    }

    static HostAddresses read() throws NetworkException {
        List<Use> used = new ArrayList<>();
        for (JsonNode device : HostCommand.ipJson("list the host's addresses", "-4", "addr", "show")) {
            String name = device.path("ifname").asString("?");
            for (JsonNode address : device.path("addr_info")) {
                int length = address.path("prefixlen").asInt(32);
                add(used, name, address.path("local").asString(""), length, "address");
            }
        }
        for (JsonNode route : HostCommand.ipJson("list the host's routes", "-4", "route", "show", "table", "all")) {
            String[] destination = route.path("dst").asString("").split("/", 2);
            int length = destination.length == 2 ? Integer.parseInt(destination[1]) : 32;
            add(used, route.path("dev").asString("none"), destination[0], length, "route");
        }
        return new HostAddresses(used);
    }

    private static void add(List<Use> used, String device, String address, int length, String what) {
        boolean numbers = address.matches("\\d+(\\.\\d+){3}");
        if (numbers && !device.startsWith(Slot.TAP) && length >= WIDEST) {
            used.add(new Use(device, what, Destination.Network.of(address, length)));
        }
    }

    /** Refuses a prefix that lies within something the host uses as a whole. */
    void refuseOverlap(NetworkPrefix prefix) throws NetworkException {
        Destination.Network whole = Destination.Network.parse(prefix.toString());
        for (Use use : used) {
            if (use.network().contains(whole)) {
                throw new NetworkException("network prefix " + prefix + " lies within " + use.network()
                        + ", which this host uses (" + use.what() + " on device " + use.device()
                        + "); set network.prefix to a /16 that is free, e.g. \"10.201.0.0/16\"");
            }
        }
    }

    /** Slots of the prefix of which any address is used. */
    Set<Integer> slots(NetworkPrefix prefix) {
        Destination.Network whole = Destination.Network.parse(prefix.toString());
        Set<Integer> slots = new TreeSet<>();
        for (Use use : used) {
            if (whole.contains(use.network())) {
                int first = (use.network().address() & 0xffff) >> 2;
                int count = Math.max(1, 1 << Math.max(0, 30 - use.network().length()));
                for (int index = first; index < first + count; index++) {
                    slots.add(index);
                }
            }
        }
        return slots;
    }

    /**
     * One network.
     *
     * @param what {@code address} or {@code route}
     */
    record Use(String device, String what, Destination.Network network) {}
}

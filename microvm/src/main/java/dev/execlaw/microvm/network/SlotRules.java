package dev.execlaw.microvm.network;

import static dev.execlaw.microvm.network.Elements.add;
import static dev.execlaw.microvm.network.Elements.clear;
import static dev.execlaw.microvm.network.Elements.remove;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What rules hold of one slot, and the statements that change it. Adding what is there and clearing what is not are
 * allowed everywhere, but elements of {@code networks} must be known to be removed, so they are kept here. Guarded by
 * the slot's lock.
 */
final class SlotRules {

    private static final int MOST_NAMES = 2048;

    private final Slot slot;
    private final Set<String> networks;

    /** Also those whose time is over: a connection that uses one makes it last longer in the table. */
    private final Map<String, Grant> names = new HashMap<>();

    /** Read without the lock too. */
    private volatile EgressPolicy policy = new EgressPolicy.None();

    private boolean attachedHere;

    /** Whether nothing of it is in the table yet: then nothing has to be removed, for which the kernel makes one wait. */
    private boolean fresh;

    /**
     * Rules as they were found.
     *
     * @param networks the guest's networks in the table
     * @param addresses addresses in the table that names were resolved to
     */
    SlotRules(Slot slot, List<String> networks, List<String> addresses) {
        this.slot = slot;
        this.networks = new HashSet<>(networks);
        addresses.forEach(address -> names.put(address, Grant.UNKNOWN));
    }

    /** Rules of a slot that is not in the table. */
    static SlotRules fresh(Slot slot) {
        SlotRules rules = new SlotRules(slot, List.of(), List.of());
        rules.fresh = true;
        return rules;
    }

    EgressPolicy policy() {
        return policy;
    }

    /** Whether this process attached it, so that its device is surely ours. */
    boolean attachedHere() {
        return attachedHere;
    }

    /** All that an attached slot has beside its policy. */
    String attach() {
        return add("taps", slot.tap())
                + add("guests", guest())
                + add("sent", slot.tap())
                + add("received", slot.tap())
                + add("dropped", slot.tap())
                + add("guest_addresses", slot.guest())
                + add("gateway_addresses", slot.gateway())
                + add("gateways", slot.tap() + " . " + slot.gateway());
    }

    /** The rest of {@link #attach}, when it is removed. {@link #forgetAll} goes before it. */
    String detach() {
        return clear("taps", slot.tap())
                + clear("guests", guest())
                + clear("sent", slot.tap())
                + clear("received", slot.tap())
                + clear("dropped", slot.tap())
                + clear("guest_addresses", slot.guest())
                + clear("gateway_addresses", slot.gateway())
                + clear("gateways", slot.tap() + " . " + slot.gateway())
                + clear("internet", slot.tap())
                + clear("allowlist", slot.tap());
    }

    /**
     * From whatever the rules hold now to a policy; {@link #changed} follows when that is done.
     *
     * @param adopted whether the guest lived before this process: what it was let through to then stays
     */
    String change(EgressPolicy next, boolean adopted) {
        StringBuilder statements = new StringBuilder();
        Set<String> wanted = new HashSet<>();
        switch (next) {
            case EgressPolicy.Internet() ->
                statements.append(add("internet", slot.tap())).append(leave("allowlist"));
            case EgressPolicy.None() -> statements.append(leave("internet")).append(leave("allowlist"));
            case EgressPolicy.Allowlist(List<Destination> destinations) -> {
                statements.append(leave("internet")).append(add("allowlist", slot.tap()));
                wanted.addAll(widest(destinations));
            }
        }
        for (String network : networks) {
            statements.append(wanted.contains(network) ? "" : remove("networks", granted(network)));
        }
        for (String network : wanted) {
            statements.append(networks.contains(network) ? "" : add("networks", granted(network)));
        }
        names.forEach((address, grant) -> {
            if (!kept(next, grant, adopted)) {
                statements.append(clear("names", granted(address)));
            }
        });
        return statements.toString();
    }

    /** Notes that the statements of {@link #change} are done. */
    void changed(EgressPolicy next, boolean adopted) {
        policy = next;
        attachedHere = true;
        fresh = false;
        networks.clear();
        if (next instanceof EgressPolicy.Allowlist(List<Destination> destinations)) {
            networks.addAll(widest(destinations));
        }
        names.values().removeIf(grant -> !kept(next, grant, adopted));
    }

    /** All that the table holds of the slot, for a table that is new; what names were resolved to is to be asked again. */
    String restore() {
        names.clear();
        return attach() + fresh(slot).change(policy, false);
    }

    /** What removes everything that is in this guest's lists. */
    String forgetAll() {
        StringBuilder statements = new StringBuilder();
        networks.forEach(network -> statements.append(remove("networks", granted(network))));
        names.keySet().forEach(address -> statements.append(clear("names", granted(address))));
        return statements.toString();
    }

    /** Whether an answer for this name may open anything. */
    boolean lists(String name) {
        return lists(policy, name);
    }

    /**
     * Lets addresses through that a listed name was resolved to.
     *
     * @param seconds for how long
     * @param now {@link System#nanoTime}
     * @return statements; empty where they are let through that long already
     * @throws NetworkException when there is no room for more
     */
    String admit(List<String> addresses, long seconds, long now) throws NetworkException {
        StringBuilder statements = new StringBuilder();
        if (names.size() + addresses.size() > MOST_NAMES) {
            List<String> expired = expired(now);
            if (names.size() + addresses.size() - expired.size() > MOST_NAMES) {
                throw new NetworkException("guest " + slot.guest() + " reaches " + names.size()
                        + " addresses by their names already, allowed are " + MOST_NAMES + "; wait until some expire");
            }
            expired.forEach(old -> statements.append(clear("names", granted(old))));
        }
        long lasting = seconds + Grant.GRACE_SECONDS;
        for (String address : addresses) {
            Grant held = names.get(address);
            if (held == null || !held.lasts(seconds, now)) {
                statements
                        .append(clear("names", granted(address)))
                        .append(add("names", granted(address) + " timeout " + lasting + "s"));
            }
        }
        return statements.toString();
    }

    /** Notes that the statements of {@link #admit} are done. */
    void admitted(List<String> addresses, String name, long seconds, long now) {
        if (names.size() + addresses.size() > MOST_NAMES) {
            names.keySet().removeAll(expired(now));
        }
        for (String address : addresses) {
            Grant held = names.get(address);
            if (held == null || !held.lasts(seconds, now)) {
                names.put(address, new Grant(name, now + (seconds + Grant.GRACE_SECONDS) * 1_000_000_000L));
            }
        }
    }

    private List<String> expired(long now) {
        return names.entrySet().stream()
                .filter(entry -> !entry.getValue().lasts(0, now))
                .map(Map.Entry::getKey)
                .toList();
    }

    private String leave(String set) {
        return fresh ? "" : clear(set, slot.tap());
    }

    private String guest() {
        return slot.tap() + " . " + slot.mac() + " . " + slot.guest();
    }

    private String granted(String destination) {
        return slot.guest() + " . " + destination;
    }

    private static boolean kept(EgressPolicy policy, Grant grant, boolean adopted) {
        return grant.known() ? lists(policy, grant.name()) : adopted && policy instanceof EgressPolicy.Allowlist;
    }

    static boolean lists(EgressPolicy policy, String name) {
        return policy instanceof EgressPolicy.Allowlist(List<Destination> destinations)
                && destinations.stream()
                        .anyMatch(entry -> entry instanceof Destination.Name listed && listed.covers(name));
    }

    /** Networks as nft writes them, without those inside of others: elements of a set must not overlap. */
    static List<String> widest(List<Destination> destinations) {
        List<Destination.Network> kept = new ArrayList<>();
        for (Destination destination : destinations) {
            if (destination instanceof Destination.Network network
                    && kept.stream().noneMatch(wider -> wider.contains(network))) {
                kept.removeIf(network::contains);
                kept.add(network);
            }
        }
        return kept.stream()
                .map(network -> network.length() == 32
                        ? network.toString().substring(0, network.toString().length() - 3)
                        : network.toString())
                .toList();
    }

    /**
     * An address let through for a name.
     *
     * @param name empty where an earlier process let it through, until a time that is not known
     * @param until {@link System#nanoTime}
     */
    private record Grant(String name, long until) {

        /** How much longer than its answer an address is let through: the answer has to travel, and to be used. */
        static final long GRACE_SECONDS = 60;

        static final Grant UNKNOWN = new Grant("", 0);

        boolean known() {
            return !name.isEmpty();
        }

        boolean lasts(long seconds, long now) {
            return known() && until - now >= seconds * 1_000_000_000L;
        }
    }
}

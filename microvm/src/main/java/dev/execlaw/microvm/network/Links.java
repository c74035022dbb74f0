package dev.execlaw.microvm.network;

import dev.execlaw.microvm.linux.TapDevice;
import dev.execlaw.microvm.process.Account;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * TAP devices of slots. Ours carry a mark as their alias, set before a device can outlive this process: so none of ours
 * is ever without it. Any thread; two must not work on one slot.
 */
final class Links {

    private static final String MARK = "execlaw:";
    private static final Path DEVICES = Path.of("/proc/sys/net/ipv4/conf");
    private static final Path IPV6 = Path.of("/proc/sys/net/ipv6");

    private Links() {}

    /** Makes the slot's device, which vanishes unless it is persisted; empty when there is one of that name. */
    static Optional<TapDevice> create(Slot slot, @Nullable Account owner) throws NetworkException {
        try {
            Optional<TapDevice> made = TapDevice.create(slot.tap());
            if (made.isPresent()) {
                own(made.get(), owner);
            }
            return made;
        } catch (IOException e) {
            throw new NetworkException("cannot make TAP device " + slot.tap() + ": " + e.getMessage(), e);
        }
    }

    /** Gives a device that is there already to that owner; does nothing while a VMM holds it. */
    static void give(Slot slot, @Nullable Account owner) throws NetworkException {
        try (TapDevice device = TapDevice.join(slot.tap()).orElse(null)) {
            if (device != null) {
                own(device, owner);
                device.persist();
            }
        } catch (IOException e) {
            throw new NetworkException("cannot take over TAP device " + slot.tap() + ": " + e.getMessage(), e);
        }
    }

    /** Marks it, gives it the gateway's address and switches it on. Without IPv6: it has no address, not even its own. */
    static void configure(Slot slot, @Nullable Account owner) throws NetworkException {
        String device = " dev " + slot.tap();
        String noIpv6 = Files.isDirectory(IPV6) ? "link set" + device + " addrgenmode none\n" : "";
        HostCommand.ip(
                "set up TAP device " + slot.tap(),
                "link set" + device + " address " + slot.gatewayMac() + " alias " + mark(owner) + "\n" + noIpv6
                        + "address replace " + slot.gateway() + "/30" + device + "\n" + "link set" + device + " up\n");
    }

    /**
     * Takes hold of a device of ours, so that it vanishes when it is let go of, and no one sends through it until then.
     *
     * @param known whether the device, if there is one, is known to be ours
     * @return empty when there is none, or one of someone else, or one that a VMM holds
     */
    static Optional<TapDevice> seize(Slot slot, boolean known) throws NetworkException {
        if (!exists(slot) || !(known || isOurs(slot))) {
            return Optional.empty();
        }
        try {
            Optional<TapDevice> device = TapDevice.join(slot.tap());
            if (device.isPresent()) {
                device.get().discard();
            }
            return device;
        } catch (IOException e) {
            throw new NetworkException("cannot remove TAP device " + slot.tap() + ": " + e.getMessage(), e);
        }
    }

    /** Removes a device of ours whoever holds it; does nothing when there is none, or one of someone else. */
    static void remove(Slot slot) throws NetworkException {
        if (exists(slot) && isOurs(slot)) {
            HostCommand.ip("remove TAP device " + slot.tap(), "link delete dev " + slot.tap() + "\n");
            if (exists(slot)) {
                throw new NetworkException("TAP device " + slot.tap() + " is still there after it was deleted");
            }
        }
    }

    private static boolean isOurs(Slot slot) throws NetworkException {
        return alias(slot).filter(alias -> alias.startsWith(MARK)).isPresent();
    }

    static boolean exists(Slot slot) {
        return Files.exists(DEVICES.resolve(slot.tap()));
    }

    /**
     * Whose a device is.
     *
     * @return whether it is marked with this very owner
     * @throws NetworkException when it is not ours at all
     */
    static boolean belongsTo(Slot slot, @Nullable Account owner) throws NetworkException {
        String alias = alias(slot).orElse("");
        if (!alias.startsWith(MARK)) {
            throw new NetworkException("a network device " + slot.tap() + " is there and is taken by someone else (its"
                    + " alias is \"" + alias + "\", ours begin with \"" + MARK + "\"); remove it (ip link delete "
                    + slot.tap() + ") or use another slot");
        }
        return alias.equals(mark(owner));
    }

    /** Numbers of the slots that have a device of ours, or of others. */
    static Set<Integer> slots(boolean ours) throws NetworkException {
        Set<Integer> slots = new TreeSet<>();
        for (JsonNode link : HostCommand.ipJson("list network devices", "link", "show")) {
            String name = link.path("ifname").asString("");
            boolean marked = link.path("ifalias").asString("").startsWith(MARK);
            if (marked == ours && name.matches(Slot.TAP + "\\d{1,5}")) {
                slots.add(Integer.parseInt(name.substring(Slot.TAP.length())));
            }
        }
        slots.removeIf(index -> index >= Slot.COUNT);
        return slots;
    }

    private static Optional<String> alias(Slot slot) throws NetworkException {
        JsonNode links = HostCommand.ipJson("look at device " + slot.tap(), "link", "show", "dev", slot.tap());
        return Optional.of(links.path(0).path("ifalias").asString("")).filter(alias -> !alias.isEmpty());
    }

    private static void own(TapDevice device, @Nullable Account owner) throws IOException {
        device.owner(owner == null ? 0 : owner.uid(), owner == null ? 0 : owner.gid());
    }

    private static String mark(@Nullable Account owner) {
        return MARK + (owner == null ? "0:0" : owner);
    }
}

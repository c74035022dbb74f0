package dev.execlaw.host;

import dev.execlaw.microvm.network.EgressPolicy;
import dev.execlaw.microvm.network.GuestNetwork;
import dev.execlaw.microvm.network.NetworkException;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.network.Traffic;
import dev.execlaw.microvm.process.Account;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How this host connects its guests: decided once, when the server starts. Any thread may use it. */
public final class HostNetwork implements AutoCloseable {

    /** How a guest's network card is connected. */
    public enum Mode {
        /** By a TAP device, behind rules of ours. */
        TAP,
        /** By QEMU alone, to its gateway and nothing else. Needs no privileges. */
        USER;

        /** As users see it. */
        public String json() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Reads {@link #json} back. */
        public static Mode of(String json) {
            return valueOf(json.toUpperCase(Locale.ROOT));
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(HostNetwork.class);
    private static final Path DEVICES = Path.of("/sys/class/net");

    private final Mode mode;
    private final String reason;
    private final NetworkPrefix prefix;
    private final int firstUid;
    private final @Nullable GuestNetwork taps;
    private volatile List<String> obstacles = List.of();

    private HostNetwork(Mode mode, String reason, NetworkPrefix prefix, int firstUid, @Nullable GuestNetwork taps) {
        this.mode = mode;
        this.reason = reason;
        this.prefix = prefix;
        this.firstUid = firstUid;
        this.taps = taps;
    }

    /**
     * Guests behind TAP devices.
     *
     * @param firstUid user of the VMM in slot 0, the next for slot 1 and so on; 0 where all run as the server does
     */
    public static HostNetwork tap(String reason, NetworkPrefix prefix, int firstUid, GuestNetwork taps) {
        return new HostNetwork(Mode.TAP, reason, prefix, firstUid, taps);
    }

    /** Guests that reach their gateway only. */
    public static HostNetwork user(String reason, NetworkPrefix prefix, int firstUid) {
        return new HostNetwork(Mode.USER, reason, prefix, firstUid, null);
    }

    /** How new machines are connected. */
    public Mode mode() {
        return mode;
    }

    /** Why in this way, in plain words. */
    public String reason() {
        return reason;
    }

    /** The network that slots are cut from. */
    public NetworkPrefix prefix() {
        return prefix;
    }

    /** Whom the VMM in a slot runs as; empty where it runs as the server does. */
    public Optional<Account> account(Slot slot) {
        int uid = firstUid + slot.index();
        return firstUid == 0 ? Optional.empty() : Optional.of(new Account(uid, uid));
    }

    /** What is not kept apart although it should be, in plain words. */
    public List<String> gaps() {
        return firstUid > 0
                ? List.of()
                : List.of("VMMs run as the user that the server runs as: it is not root, lacks capabilities of root, or"
                        + " vm.first_uid is 0");
    }

    /** Slots that must not be given out, because the host uses their addresses otherwise. */
    public Set<Integer> reserved() throws NetworkException {
        return taps == null ? Set.of() : taps.reserved();
    }

    /** What kept packets of guests back although it should not, when last {@link #mend} looked; empty where nothing does. */
    public List<String> obstacles() {
        return obstacles;
    }

    /** Sets right what others changed on the host since, and looks for {@link #obstacles}. Returns the new ones. */
    public List<String> mend() throws NetworkException {
        if (taps == null) {
            return List.of();
        }
        List<String> known = obstacles;
        List<String> now = List.copyOf(taps.obstacles());
        obstacles = now;
        return now.stream().filter(obstacle -> !known.contains(obstacle)).toList();
    }

    /** Makes the slot's network, or takes over what is there. */
    public void connect(Slot slot, EgressPolicy policy) throws NetworkException {
        if (!slot.prefix().equals(prefix)) {
            throw new NetworkException("the session's addresses are of " + slot.prefix() + ", the server's of " + prefix
                    + "; start the server with network.prefix = \"" + slot.prefix() + "\" to use this session");
        }
        required(slot).attach(slot, account(slot).orElse(null), policy);
    }

    /** Changes what a connected slot's guest reaches. */
    public void change(Slot slot, EgressPolicy policy) throws NetworkException {
        required(slot).change(slot, policy);
    }

    /** Removes the slot's network, and proves it gone. */
    public void disconnect(Slot slot) throws NetworkException {
        if (taps != null) {
            taps.detach(prefix.slot(slot.index())); // what is there goes by the number, whatever its prefix was
        } else if (Files.exists(DEVICES.resolve(slot.tap()))) {
            required(slot);
        }
    }

    /** What went through a connected slot. */
    public Traffic traffic(Slot slot) throws NetworkException {
        return required(slot).traffic(slot);
    }

    /** Numbers of the slots of which something is on the host. */
    public Set<Integer> connected() throws NetworkException {
        return taps == null ? Set.of() : new HashSet<>(taps.attached());
    }

    private GuestNetwork required(Slot slot) throws NetworkException {
        if (taps == null) {
            throw new NetworkException(slot.tap() + " was made when the server had TAP devices, which it has not now ("
                    + reason + "); start it with network.mode = \"tap\"");
        }
        return taps;
    }

    /** Lets go of it; where no machine is connected any more, the host is left as it was found. */
    @Override
    public void close() {
        if (taps == null) {
            return;
        }
        try {
            if (taps.attached().isEmpty()) {
                taps.release();
            }
        } catch (NetworkException e) {
            LOG.warn("the host's network is not quite as it was before: {}", e.getMessage());
        }
        taps.close();
    }
}

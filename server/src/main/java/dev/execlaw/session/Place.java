package dev.execlaw.session;

import dev.execlaw.gateway.Gateway;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.microvm.image.GuestFile;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.network.Slot;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The parts of one run of a session's machine that outlive the daemon.
 *
 * @param slot its network slot
 * @param mode how its network card is connected
 * @param token the guest's bearer token for the gateway
 * @param memory what the machine went on from; null where it booted
 */
record Place(
        Slot slot,
        HostNetwork.Mode mode,
        String token,
        MachineSpec.Disk disk,
        String cloneMethod,
        @Nullable SavedState memory) {

    /** {@link #cloneMethod} of a machine that went on from a template. */
    static final String CLONED = "template";

    /** {@link #cloneMethod} of a machine that went on from a checkpoint. */
    static final String RETURNED = "checkpoint";

    /** The guest's name for its gateway, whatever its address; in that of older builds and for those who look for it. */
    private static final String GATEWAY_NAME = "gateway.execlaw";

    /**
     * The same for agents: nullclaw takes plain HTTP only to an address of its own network or a name that ends like this,
     * from 2026.4.17 on (nullclaw/nullclaw, src/config_types.zig, src/net_security.zig).
     */
    private static final String GATEWAY_LOCAL = "gateway.local";

    /** The same with another disk. */
    Place on(MachineSpec.Disk other) {
        return new Place(slot, mode, token, other, cloneMethod, memory);
    }

    /** Whether what the guest's agent must know is in the guest's memory alone, as of all that were cloned once. */
    boolean remembers() {
        return cloneMethod.equals(CLONED) || cloneMethod.equals(RETURNED);
    }

    /** Everything the driver needs; what it needs on the kernel's command line it adds itself. */
    MachineSpec spec(SessionParts parts, String session, SessionSettings settings, Image image) {
        String arguments = "console=ttyS0 reboot=k panic=1 pci=off ip=" + slot.guest() + "::" + slot.gateway() + ":"
                + slot.netmask() + ":nullclaw:eth0:off"
                + (image.initramfs() == null ? " root=/dev/vda rw" : ""); // an initramfs knows, a kernel does not
        return new MachineSpec(
                session,
                parts.directory(session),
                new MachineSpec.Boot(image.kernel(), image.initramfs(), arguments),
                disk,
                settings.vcpus(),
                settings.memoryMiB(),
                nic(parts, session),
                parts.limits(),
                parts.host().network().account(slot).orElse(null),
                memory == null ? new Memory.Fresh() : new Memory.Saved(memory));
    }

    /** Whether the machine went on from a checkpoint. */
    boolean returned() {
        return memory != null && memory.changes() != null;
    }

    private MachineSpec.Nic nic(SessionParts parts, String session) {
        return switch (mode) {
            case TAP -> new MachineSpec.Nic.Tap(slot);
            case USER -> new MachineSpec.Nic.User(slot, parts.socket(session), Gateway.GUEST_PORT);
        };
    }

    /** Where the gateway listens for this machine's guest alone. */
    SocketAddress gatewayAddress(SessionParts parts, String session) {
        return switch (mode) {
            case TAP -> new InetSocketAddress(slot.gateway(), Gateway.GUEST_PORT);
            case USER -> UnixDomainSocketAddress.of(parts.socket(session));
        };
    }

    /** What the guest's network leads to, as its own checks are told: {@code gateway} alone, or the {@code internet}. */
    String reach(NetworkPolicy policy) {
        return mode == HostNetwork.Mode.TAP && policy.equals(NetworkPolicy.INTERNET) ? "internet" : "gateway";
    }

    /** The guest's table of names; images of older builds do not fill in the gateway's by themselves. */
    GuestFile hosts(Image image) {
        String names = GATEWAY_NAME + (knowsLocal(image) ? " " + GATEWAY_LOCAL : "");
        String text = "127.0.0.1 localhost\n127.0.1.1 nullclaw\n::1 localhost ip6-localhost ip6-loopback\n"
                + slot.gateway() + " " + names + "\n";
        return new GuestFile("/etc/hosts", text.getBytes(StandardCharsets.US_ASCII), 0644);
    }

    /** Where the guest of this image finds its model, also after it was cloned: by a name that its own programs keep. */
    static String baseUrl(String session, Image image) {
        String name = knowsLocal(image) ? GATEWAY_LOCAL : GATEWAY_NAME;
        return "http://" + name + ":" + Gateway.GUEST_PORT + "/s/" + session + "/v1";
    }

    private static boolean knowsLocal(Image image) {
        return image.guest() >= 2;
    }

    @Override
    public String toString() {
        return "Place[slot " + slot.index() + ", " + mode.json() + ", " + disk + "]";
    }
}

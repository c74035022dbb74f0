package dev.execlaw.session;

import dev.execlaw.gateway.Gateway;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.network.Slot;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/**
 * The parts of one run of a session's machine that outlive the daemon.
 *
 * @param slot its network slot
 * @param mode how its network card is connected
 * @param token the guest's bearer token for the gateway
 */
record Place(Slot slot, HostNetwork.Mode mode, String token, MachineSpec.Disk disk, String cloneMethod) {

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
                parts.host().network().account(slot).orElse(null));
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

    /** Where the guest finds its model. */
    String baseUrl(String session) {
        return "http://" + slot.gateway() + ":" + Gateway.GUEST_PORT + "/s/" + session + "/v1";
    }

    @Override
    public String toString() {
        return "Place[slot " + slot.index() + ", " + mode.json() + ", " + disk + "]";
    }
}

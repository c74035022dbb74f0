package dev.execlaw.session;

import dev.execlaw.gateway.Gateway;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.Slot;

/**
 * The parts of one run of a session's machine that outlive the daemon.
 *
 * @param slot number of the network slot
 * @param token the guest's bearer token for the gateway
 */
record Place(int slot, String token, MachineSpec.Disk disk, String cloneMethod) {

    /** Everything the driver needs; what it needs on the kernel's command line it adds itself. */
    MachineSpec spec(SessionParts parts, String session, SessionSettings settings, Image image) {
        Slot place = NetworkPrefix.DEFAULT.slot(slot);
        String arguments = "console=ttyS0 reboot=k panic=1 pci=off ip=" + place.guest() + "::" + place.gateway() + ":"
                + place.netmask() + ":nullclaw:eth0:off"
                + (image.initramfs() == null ? " root=/dev/vda rw" : ""); // an initramfs knows, a kernel does not
        return new MachineSpec(
                session,
                parts.directory(session),
                new MachineSpec.Boot(image.kernel(), image.initramfs(), arguments),
                disk,
                settings.vcpus(),
                settings.memoryMiB(),
                new MachineSpec.Nic.User(place, parts.socket(session), Gateway.GUEST_PORT),
                Limits.NONE,
                null);
    }

    /** What the guest's network leads to, as its own checks are told: {@code gateway} alone, or the {@code internet}. */
    String reach() {
        return "gateway"; // see the NIC in spec
    }

    /** Where the guest finds its model. */
    String baseUrl(String session) {
        return "http://" + NetworkPrefix.DEFAULT.slot(slot).gateway() + ":" + Gateway.GUEST_PORT + "/s/" + session
                + "/v1";
    }

    @Override
    public String toString() {
        return "Place[slot " + slot + ", " + disk + "]";
    }
}

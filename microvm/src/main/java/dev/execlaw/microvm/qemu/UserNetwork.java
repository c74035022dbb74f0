package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.machine.MachineSpec.Nic;
import dev.execlaw.microvm.network.Slot;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * QEMU's user-mode network for one slot, shaped so that the guest keeps the addresses it has behind a TAP. QEMU refuses
 * a /30 and wants addresses of its own for its host, its DNS and DHCP: it gets the /24 around the slot, and addresses
 * in that half of it where the slot is not.
 */
record UserNetwork(Slot slot) {

    private static final int SOCKET_PATH_LIMIT = 107;
    private static final Pattern PLAIN = Pattern.compile("/[A-Za-z0-9/._+-]*");

    String net() {
        return prefix() + "0/24";
    }

    String host() {
        return prefix() + (low() ? 254 : 2);
    }

    String dns() {
        return prefix() + (low() ? 253 : 3);
    }

    String dhcpStart() {
        return prefix() + (low() ? 200 : 20);
    }

    List<String> arguments(Nic.User nic) {
        return List.of(
                "-netdev",
                "user,id=net0,ipv6=off,restrict=on,net=" + net() + ",host=" + host() + ",dns=" + dns() + ",dhcpstart="
                        + dhcpStart() + ",guestfwd=tcp:" + slot.gateway() + ":" + nic.gatewayPort() + "-cmd:"
                        + relay(nic.gatewaySocket()),
                "-device",
                "virtio-net-device,netdev=net0,mac=" + slot.mac());
    }

    /**
     * One relay process per connection of the guest. Its input and output are the same socket, named once (FD:0), so
     * that an end is passed on as a half-close: named twice ("-") the guest would see the gateway's end only when socat
     * gives up. Half-closed connections last an hour at most. What socat itself says would go to the guest: away.
     */
    static String relay(Path socket) {
        String path = socket.toString();
        if (!PLAIN.matcher(path).matches()) {
            throw new IllegalArgumentException("gateway socket \"" + path
                    + "\" must be an absolute path of letters, digits and / . _ + - only: QEMU and socat read others");
        }
        int length = path.getBytes(StandardCharsets.UTF_8).length;
        if (length > SOCKET_PATH_LIMIT) {
            throw new IllegalArgumentException("gateway socket " + path + " has " + length
                    + " bytes, a socket's path may have " + SOCKET_PATH_LIMIT + "; use a shorter directory");
        }
        return "socat -lf/dev/null -t3600 FD:0 UNIX-CONNECT:" + path;
    }

    private boolean low() {
        return (slot.index() * 4 & 0xff) < 128;
    }

    private String prefix() {
        return slot.gateway().substring(0, slot.gateway().lastIndexOf('.') + 1);
    }
}

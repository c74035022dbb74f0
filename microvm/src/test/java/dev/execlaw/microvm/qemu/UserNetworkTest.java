package dev.execlaw.microvm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.Slot;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class UserNetworkTest {

    @Test
    void noAddressOfQemuMeetsAnySlotsOwn() {
        for (int index = 0; index < Slot.COUNT; index++) {
            Slot slot = NetworkPrefix.DEFAULT.slot(index);
            UserNetwork network = new UserNetwork(slot);
            int net = number(network.net().substring(0, network.net().length() - 3));
            int from = number(slot.gateway()) - 1;
            int dhcp = number(network.dhcpStart());
            assertThat(network.net()).endsWith(".0/24");
            for (String own : List.of(slot.gateway(), slot.guest())) {
                assertThat(number(own) - net).as("%s in %s", own, network.net()).isBetween(1, 254);
            }
            for (int taken : List.of(number(network.host()), number(network.dns()))) {
                assertThat(taken - net).as("slot %d", index).isBetween(1, 254);
                assertThat(taken < from || taken > from + 3)
                        .as("slot %d", index)
                        .isTrue();
                // QEMU hands out 16 addresses from the first.
                assertThat(taken < dhcp || taken > dhcp + 15)
                        .as("slot %d", index)
                        .isTrue();
            }
            assertThat(dhcp + 15 < from || dhcp > from + 3).as("slot %d", index).isTrue();
            assertThat(number(network.host())).isNotEqualTo(number(network.dns()));
        }
    }

    @Test
    void socketPathsThatQemuOrSocatWouldReadOtherwiseAreRefused() {
        for (String path : List.of("relative", "/a b", "/a,b", "/a:b", "/a!b", "/a$b", "/é")) {
            assertThatThrownBy(() -> UserNetwork.relay(Path.of(path))).hasMessageContaining(path);
        }
        assertThatThrownBy(() -> UserNetwork.relay(Path.of("/" + "x".repeat(107))))
                .hasMessageContaining("108 bytes");
        assertThat(UserNetwork.relay(Path.of("/run/execlaw/ab-1.sock")))
                .endsWith("UNIX-CONNECT:/run/execlaw/ab-1.sock");
    }

    private static int number(String address) {
        int number = 0;
        for (String part : address.split("\\.", -1)) {
            number = number * 256 + Integer.parseInt(part);
        }
        return number;
    }
}

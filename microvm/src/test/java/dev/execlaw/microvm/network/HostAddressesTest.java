package dev.execlaw.microvm.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.process.Command;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Addresses and routes of the host that lie where slots are. */
@Timeout(60)
class HostAddressesTest {

    @TempDir
    private Path state;

    @Test
    void slotsThatTheHostUsesAreReserved() throws Exception {
        ip("addr", "add", "10.200.0.9/32", "dev", "lo");
        ip("route", "add", "unreachable", "10.200.4.0/28");
        try (TapNetwork network = TapNetwork.open(TapSettings.of(NetworkPrefix.DEFAULT, state))) {
            network.attach(NetworkPrefix.DEFAULT.slot(700), null, new EgressPolicy.None());
            assertThat(network.reserved()).containsExactly(2, 256, 257, 258, 259);
            network.detach(NetworkPrefix.DEFAULT.slot(700));
            network.release();
        } finally {
            ip("addr", "del", "10.200.0.9/32", "dev", "lo");
            ip("route", "del", "unreachable", "10.200.4.0/28");
        }
    }

    @Test
    void aPrefixInsideOfTheHostsNetworkIsRefused() throws Exception {
        ip("addr", "add", "10.203.7.1/12", "dev", "lo");
        try {
            assertThatThrownBy(() -> TapNetwork.open(TapSettings.of(NetworkPrefix.DEFAULT, state)))
                    .isInstanceOf(NetworkException.class)
                    .hasMessageContaining("10.200.0.0/16 lies within 10.192.0.0/12")
                    .hasMessageContaining("address on device lo")
                    .hasMessageContaining("network.prefix");
            assertThat(Command.of("nft", "list", "ruleset").runOrThrow().stdout())
                    .doesNotContain("execlaw");
            try (TapNetwork other = TapNetwork.open(TapSettings.of(NetworkPrefix.parse("10.31.0.0/16"), state))) {
                other.attach(NetworkPrefix.parse("10.31.0.0/16").slot(3), null, new EgressPolicy.None());
                assertThat(Command.of("ip", "addr", "show", "dev", "fctap3")
                                .runOrThrow()
                                .stdout())
                        .contains("10.31.0.13/30");
                other.detach(NetworkPrefix.parse("10.31.0.0/16").slot(3));
                other.release();
            }
        } finally {
            ip("addr", "del", "10.203.7.1/12", "dev", "lo");
        }
    }

    private static void ip(String... arguments) throws Exception {
        String[] argv = new String[arguments.length + 1];
        argv[0] = "ip";
        System.arraycopy(arguments, 0, argv, 1, arguments.length);
        Command.of(argv).runOrThrow();
    }
}

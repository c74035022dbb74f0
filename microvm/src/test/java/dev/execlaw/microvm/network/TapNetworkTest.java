package dev.execlaw.microvm.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.process.Account;
import dev.execlaw.microvm.process.Command;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Slots come and go on a real kernel, in the network namespace that the tests run in. */
@Timeout(120)
class TapNetworkTest {

    private static final Slot SLOT = NetworkPrefix.DEFAULT.slot(5);
    private static final EgressPolicy INTERNET = new EgressPolicy.Internet();

    @TempDir
    private Path state;

    private TapNetwork network;

    @BeforeEach
    void open() throws Exception {
        network = TapNetwork.open(TapSettings.of(NetworkPrefix.DEFAULT, state));
    }

    @AfterEach
    void removeAllAndProveIt() throws Exception {
        for (int index : network.attached()) {
            network.detach(NetworkPrefix.DEFAULT.slot(index));
        }
        network.close();
        network.release();
        assertThat(host("ip", "-o", "link")).doesNotContain("fctap");
        assertThat(host("nft", "list", "ruleset")).doesNotContain("execlaw");
    }

    @Test
    void anAttachedSlotHasItsDeviceAddressAndOwner() throws Exception {
        network.attach(SLOT, new Account(61_234, 61_235), INTERNET);
        assertThat(host("ip", "-d", "addr", "show", "dev", "fctap5"))
                .contains("inet 10.200.0.21/30", ",UP", "persist on", "vnet_hdr on", "user 61234", "group 61235")
                .doesNotContain("inet6", "multi_queue");
        assertThat(network.attached()).containsExactly(5);
        assertThat(network.traffic(SLOT)).isEqualTo(Traffic.NONE);
        network.detach(SLOT);
        assertThat(network.attached()).isEmpty();
        assertThat(host("ip", "-o", "link")).doesNotContain("fctap5");
        network.detach(SLOT);
    }

    @Test
    void rulesDoNotGrowWithSlots() throws Exception {
        network.attach(SLOT, null, INTERNET);
        String before = rules();
        for (int index = 10; index < 20; index++) {
            network.attach(NetworkPrefix.DEFAULT.slot(index), null, INTERNET);
        }
        assertThat(rules()).isEqualTo(before).contains("chain from_guest");
    }

    @Test
    void aLaterProcessTakesOverWhatIsThere() throws Exception {
        network.attach(SLOT, null, new EgressPolicy.Allowlist(List.of(Destination.parse("198.51.100.0/24"))));
        network.close();
        network = TapNetwork.open(TapSettings.of(NetworkPrefix.DEFAULT, state));
        assertThat(network.attached()).containsExactly(5);
        network.attach(SLOT, null, new EgressPolicy.Allowlist(List.of(Destination.parse("203.0.113.7"))));
        assertThat(host("nft", "list", "set", "inet", "execlaw", "networks"))
                .contains("10.200.0.22 . 203.0.113.7")
                .doesNotContain("198.51.100");
        network.detach(SLOT);
        assertThat(host("nft", "list", "table", "inet", "execlaw")).doesNotContain("10.200.0.2", "fctap5");
    }

    @Test
    void networksOfAnAllowListMayLieWithinEachOther() throws Exception {
        network.attach(
                SLOT,
                null,
                new EgressPolicy.Allowlist(List.of(
                        Destination.parse("198.51.100.0/28"),
                        Destination.parse("198.51.0.0/16"),
                        Destination.parse("198.51.100.9"),
                        Destination.parse("203.0.113.1"))));
        assertThat(host("nft", "list", "set", "inet", "execlaw", "networks"))
                .contains("198.51.0.0/16", "203.0.113.1")
                .doesNotContain("198.51.100");
        network.change(SLOT, new EgressPolicy.Allowlist(List.of(Destination.parse("0.0.0.0/0"))));
        assertThat(host("nft", "list", "set", "inet", "execlaw", "networks"))
                .contains("10.200.0.22 . 0.0.0.0/0")
                .doesNotContain("198.51");
        network.change(SLOT, new EgressPolicy.None());
        assertThat(host("nft", "list", "set", "inet", "execlaw", "networks")).doesNotContain("10.200");
    }

    @Test
    void aTableFromAnotherVersionIsReplacedAndItsElementsStay() throws Exception {
        network.attach(SLOT, null, new EgressPolicy.Allowlist(List.of(Destination.parse("198.51.100.0/24"))));
        Command.of("nft", "add", "element", "inet", "execlaw", "names", "{ 10.200.0.22 . 203.0.113.9 timeout 10m }")
                .runOrThrow();
        network.close();
        TapSettings other = new TapSettings(NetworkPrefix.DEFAULT, 9999, 8753, state, List.of());
        network = TapNetwork.open(other);
        String table = host("nft", "list", "table", "inet", "execlaw");
        assertThat(table)
                .contains("tcp dport 9999", "10.200.0.22 . 198.51.100.0/24", "10.200.0.22 . 203.0.113.9", "\"fctap5\"")
                .doesNotContain("tcp dport 8787");
        assertThat(network.attached()).containsExactly(5);
        network.detach(SLOT);
        assertThat(host("nft", "list", "table", "inet", "execlaw")).doesNotContain("10.200.0.2", "fctap5");
    }

    @Test
    void slotsOfAnotherPrefixMustGoFirst() throws Exception {
        network.attach(SLOT, null, INTERNET);
        assertThatThrownBy(() -> TapNetwork.open(TapSettings.of(NetworkPrefix.parse("10.201.0.0/16"), state)))
                .isInstanceOf(NetworkException.class)
                .hasMessageContaining("10.200.0.22")
                .hasMessageContaining("network.prefix");
        assertThat(network.attached()).containsExactly(5);
    }

    @Test
    void aDeviceOfSomeoneElseIsLeftAlone() throws Exception {
        Command.of("ip", "tuntap", "add", "fctap5", "mode", "tap").runOrThrow();
        try {
            assertThatThrownBy(() -> network.attach(SLOT, null, INTERNET))
                    .isInstanceOf(NetworkException.class)
                    .hasMessageContaining("fctap5")
                    .hasMessageContaining("taken by someone else");
            assertThat(network.attached()).isEmpty();
            assertThat(network.reserved()).containsExactly(5);
            network.detach(SLOT);
            assertThat(host("ip", "-o", "link")).contains("fctap5");
        } finally {
            Command.of("ip", "link", "delete", "fctap5").runOrThrow();
        }
    }

    @Test
    void anAttachThatFailsLeavesNothing() throws Exception {
        Command.of("nft", "delete", "table", "inet", "execlaw").runOrThrow();
        assertThatThrownBy(() -> network.attach(SLOT, null, INTERNET))
                .isInstanceOf(NetworkException.class)
                .hasMessageContaining("rules of slot 5");
        assertThat(host("ip", "-o", "link")).doesNotContain("fctap5");
    }

    @Test
    void slotsFromManyThreadsAreAllMadeAndAllRemoved() throws Exception {
        List<Future<?>> done = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(32)) {
            for (int index = 0; index < 200; index++) {
                Slot slot = NetworkPrefix.DEFAULT.slot(index * 7);
                done.add(threads.submit(() -> {
                    network.attach(slot, new Account(60_000 + slot.index(), 60_000), INTERNET);
                    return null;
                }));
            }
            for (Future<?> each : done) {
                each.get();
            }
            assertThat(network.attached()).hasSize(200);
            assertThat(host("ip", "-o", "-4", "addr").lines().filter(line -> line.contains("fctap")))
                    .hasSize(200);
            done.clear();
            for (int index : network.attached()) {
                done.add(threads.submit(() -> {
                    network.detach(NetworkPrefix.DEFAULT.slot(index));
                    return null;
                }));
            }
            for (Future<?> each : done) {
                each.get();
            }
        }
        assertThat(network.attached()).isEmpty();
        assertThat(host("nft", "list", "table", "inet", "execlaw"))
                .doesNotContain("fctap", "10.200.0.2", "02:fc", "10.200.1");
    }

    private static String rules() throws Exception {
        return host("nft", "-t", "list", "table", "inet", "execlaw");
    }

    private static String host(String... argv) throws Exception {
        return Command.of(argv).runOrThrow().stdout();
    }
}

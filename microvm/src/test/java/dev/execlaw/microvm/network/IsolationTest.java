package dev.execlaw.microvm.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What passes between guests, host, private networks and an internet, by real packets. */
@Timeout(120)
class IsolationTest {

    private static final Slot A = NetworkPrefix.DEFAULT.slot(5);
    private static final Slot B = NetworkPrefix.DEFAULT.slot(9);
    private static final EgressPolicy INTERNET = new EgressPolicy.Internet();

    @TempDir
    private Path state;

    private TestNet net;
    private TapNetwork network;
    private TestNet.Guest a;
    private TestNet.Guest b;
    private int next;

    @BeforeEach
    void open() throws Exception {
        net = new TestNet();
        network = TapNetwork.open(TapSettings.of(NetworkPrefix.DEFAULT, state));
        network.attach(A, null, INTERNET);
        network.attach(B, null, INTERNET);
        a = net.guest(A);
        b = net.guest(B);
    }

    @AfterEach
    void close() throws Exception {
        network.detach(A);
        network.detach(B);
        network.release();
        network.close();
        net.close();
        assertThat(Command.of("nft", "list", "ruleset").runOrThrow().stdout()).doesNotContain("execlaw");
    }

    @Test
    void theInternetIsReachedAndSeesTheHostsAddress() throws Exception {
        net.echo(net.outside, TestNet.INTERNET, 7000);
        assertThat(a.ask(TestNet.INTERNET, 7000)).isEqualTo(TestNet.HOST_OUTSIDE);
        Traffic traffic = network.traffic(A);
        assertThat(traffic.sentPackets()).isEqualTo(1);
        assertThat(traffic.sentBytes()).isEqualTo(28 + 5);
        assertThat(traffic.receivedPackets()).isEqualTo(1);
        assertThat(traffic.receivedBytes()).isEqualTo(28 + TestNet.HOST_OUTSIDE.length());
        assertThat(traffic.droppedPackets()).isZero();
        assertThat(network.traffic(B)).isEqualTo(Traffic.NONE);
    }

    @Test
    void anotherGuestIsOutOfReach() throws Exception {
        net.echo(b.namespace, B.guest(), 7000);
        assertDropped(a, B.guest(), 7000);
        assertThat(network.traffic(B)).isEqualTo(Traffic.NONE);
    }

    @Test
    void ofTheHostOnlyTheGatewaysPortIsReached() throws Exception {
        net.hostEcho("0.0.0.0", 7001);
        assertDropped(a, A.gateway(), 7001);
        assertDropped(a, B.gateway(), 7001);
        assertDropped(a, TestNet.HOST_OUTSIDE, 7001);
        net.greeter(new ServerSocket(8787, 5, InetAddress.getByName("0.0.0.0")));
        try (Socket gateway = a.connect(A.gateway(), 8787)) {
            assertThat(echoes(gateway)).isTrue();
        }
        long before = network.traffic(A).droppedPackets();
        assertThatThrownBy(() -> a.connect(B.gateway(), 8787)).isInstanceOf(SocketTimeoutException.class);
        assertThatThrownBy(() -> a.connect(TestNet.HOST_OUTSIDE, 8787)).isInstanceOf(SocketTimeoutException.class);
        assertThat(network.traffic(A).droppedPackets()).isGreaterThanOrEqualTo(before + 2);
        // Name resolution is for those with an allow-list.
        net.hostEcho(A.gateway(), 8753);
        assertDropped(a, A.gateway(), 8753);
    }

    @Test
    void thePrivateRangesAreOutOfReach() throws Exception {
        net.echo(net.outside, TestNet.LAN, 7000);
        for (String address : List.of(
                TestNet.LAN,
                "10.1.2.3",
                "10.200.200.2",
                "172.16.0.1",
                "172.31.255.254",
                "192.168.1.1",
                "100.64.0.1",
                "169.254.169.254",
                "224.0.0.251",
                "240.0.0.1")) {
            assertDropped(a, address, 7000);
        }
    }

    @Test
    void forgedAddressesAreDropped() throws Exception {
        net.echo(net.outside, TestNet.INTERNET, 7000);
        a.namespace.command("ip", "addr", "add", B.guest() + "/32", "dev", "eth0");
        long before = network.traffic(A).droppedPackets();
        assertThat(a.ask(B.guest(), TestNet.INTERNET, 7000)).isEqualTo("no answer");
        assertThat(network.traffic(A).droppedPackets()).isEqualTo(before + 1);
        assertThat(network.traffic(B)).isEqualTo(Traffic.NONE);
        assertThat(a.ask(TestNet.INTERNET, 7000)).isEqualTo(TestNet.HOST_OUTSIDE);

        a.namespace.command("ip", "link", "set", "eth0", "down");
        a.namespace.command("ip", "link", "set", "eth0", "address", B.mac());
        a.namespace.command("ip", "link", "set", "eth0", "up");
        a.namespace.command("ip", "route", "add", "default", "via", A.gateway());
        before = network.traffic(A).droppedPackets();
        assertThat(a.ask(TestNet.INTERNET, 7000)).isEqualTo("no answer");
        assertThat(network.traffic(A).droppedPackets()).isGreaterThan(before);
    }

    @Test
    void ipv6IsDropped() throws Exception {
        assertThat(Command.of("ip", "-6", "addr", "show", "dev", A.tap())
                        .runOrThrow()
                        .stdout())
                .isEmpty();
        a.ipv6(true);
        a.namespace.command("ip", "-6", "addr", "add", "fc00::2/64", "dev", "eth0", "nodad");
        long before = network.traffic(A).droppedPackets();
        try (DatagramSocket socket =
                a.namespace.in(() -> new DatagramSocket(new InetSocketAddress(InetAddress.getByName("fc00::2"), 0)))) {
            assertThat(TestNet.Guest.ask(socket, "fc00::1", 7000)).isEqualTo("no answer");
        }
        assertThat(network.traffic(A).droppedPackets()).isGreaterThan(before);
    }

    @Test
    void theHostReachesAGuestButItsNeighboursDoNot() throws Exception {
        try (ServerSocket ssh = a.namespace.in(() -> new ServerSocket(22, 5, InetAddress.getByName(A.guest())))) {
            net.greeter(ssh);
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(A.guest(), 22), 2000);
                socket.setSoTimeout(2000);
                assertThat(echoes(socket)).isTrue();
                network.change(A, new EgressPolicy.None());
                assertThat(echoes(socket)).isTrue();
            }
            net.outside.command("ip", "route", "add", "10.200.0.0/16", "via", TestNet.HOST_OUTSIDE);
            net.greeter(new ServerSocket(8787, 5, InetAddress.getByName("0.0.0.0")));
            for (InetSocketAddress target :
                    List.of(new InetSocketAddress(A.guest(), 22), new InetSocketAddress(A.gateway(), 8787))) {
                assertThatThrownBy(() -> net.outside.in(() -> {
                            try (Socket socket = new Socket()) {
                                socket.connect(target, TestNet.MILLIS);
                                return socket;
                            }
                        }))
                        .isInstanceOf(SocketTimeoutException.class);
            }
        }
    }

    @Test
    void aChangedPolicyCutsConnectionsBothWays() throws Exception {
        net.greeter(net.outside.in(() -> new ServerSocket(7100, 5, InetAddress.getByName(TestNet.INTERNET))));
        try (Socket open = a.connect(TestNet.INTERNET, 7100)) {
            assertThat(echoes(open)).isTrue();
            network.change(A, list("203.0.113.0/24"));
            long before = network.traffic(A).droppedPackets();
            assertThat(echoes(open)).isFalse();
            assertThat(network.traffic(A).droppedPackets()).isGreaterThan(before);
            network.change(A, list("198.51.100.2"));
            assertThat(echoesBefore(open, 20)).isTrue();
            network.change(A, new EgressPolicy.None());
            assertThat(echoes(open)).isFalse();
        }
        // What comes in of a connection that was allowed is cut as well.
        network.change(A, INTERNET);
        try (TestNet.Echo echo = net.echo(net.outside, TestNet.INTERNET, 7000);
                DatagramSocket socket = a.namespace.in(() -> new DatagramSocket(new InetSocketAddress(A.guest(), 0)))) {
            assertThat(TestNet.Guest.ask(socket, TestNet.INTERNET, 7000)).isEqualTo(TestNet.HOST_OUTSIDE);
            network.change(A, new EgressPolicy.None());
            // Not before: the connection of above still says its farewell as soon as it may.
            long received = network.traffic(A).receivedPackets();
            byte[] push = {1};
            echo.socket.send(new java.net.DatagramPacket(
                    push, 1, InetAddress.getByName(TestNet.HOST_OUTSIDE), socket.getLocalPort()));
            assertThatThrownBy(() -> socket.receive(new java.net.DatagramPacket(new byte[9], 9)))
                    .isInstanceOf(SocketTimeoutException.class);
            assertThat(network.traffic(A).receivedPackets()).isEqualTo(received);
        }
    }

    @Test
    void anAllowListLetsItsNetworksThroughAndNothingElse() throws Exception {
        net.echo(net.outside, TestNet.INTERNET, 7000);
        net.echo(net.outside, TestNet.INTERNET_ALSO, 7000);
        net.echo(net.outside, TestNet.LAN, 7000);
        network.change(A, list("203.0.113.0/29", "192.168.0.0/16", "10.0.0.0/8"));
        assertThat(a.ask(TestNet.INTERNET_ALSO, 7000)).isEqualTo(TestNet.HOST_OUTSIDE);
        assertDropped(a, TestNet.INTERNET, 7000);
        assertDropped(a, TestNet.LAN, 7000);
        assertDropped(a, B.guest(), 7000);
        assertThat(b.ask(TestNet.INTERNET, 7000)).isEqualTo(TestNet.HOST_OUTSIDE);
    }

    @Test
    void chainsOfOthersThatDropAreOpenedForGuests() throws Exception {
        docker();
        net.echo(net.outside, TestNet.INTERNET, 7000);
        assertThat(a.ask(TestNet.INTERNET, 7000)).isEqualTo("no answer");
        assertThat(network.obstacles()).isEmpty();
        assertThat(a.ask(TestNet.INTERNET, 7000)).isEqualTo(TestNet.HOST_OUTSIDE);
        assertThat(Command.of("nft", "list", "chain", "ip", "filter", "DOCKER-USER")
                        .runOrThrow()
                        .stdout())
                .containsSubsequence("iifname \"fctap*\" accept comment \"execlaw\"", "return");
        String forward = Command.of("nft", "list", "chain", "ip", "filter", "FORWARD")
                .runOrThrow()
                .stdout();
        assertThat(forward).doesNotContain("execlaw");
        net.greeter(new ServerSocket(8787, 5, InetAddress.getByName(A.gateway())));
        try (Socket gateway = a.connect(A.gateway(), 8787)) {
            assertThat(echoes(gateway)).isTrue();
        }
        // What our own rules drop stays dropped, and asking again adds nothing.
        net.echo(b.namespace, B.guest(), 7000);
        assertDropped(a, B.guest(), 7000);
        String rules = Command.of("nft", "list", "ruleset").runOrThrow().stdout();
        assertThat(network.obstacles()).isEmpty();
        assertThat(Command.of("nft", "list", "ruleset").runOrThrow().stdout().replaceAll("(packets|bytes) \\d+", ""))
                .isEqualTo(rules.replaceAll("(packets|bytes) \\d+", ""));
        network.detach(A);
        network.detach(B);
        network.release();
        assertThat(Command.of("nft", "list", "ruleset").runOrThrow().stdout())
                .contains("DOCKER-USER")
                .doesNotContain("execlaw", "fctap");
        Command.of("nft", "delete", "table", "ip", "filter").runOrThrow();
    }

    @Test
    void aChainThatRejectsAtItsEndIsOpenedToo() throws Exception {
        String rules = """
                table inet firewalld {
                  chain filter_FORWARD { type filter hook forward priority filter + 10; policy accept;
                    ct state established,related accept
                    reject with icmpx admin-prohibited
                  }
                  chain harmless { type filter hook forward priority filter + 20; policy accept;
                    ip daddr 203.0.113.99 drop
                  }
                }
                """;
        Command.of("nft", "-f", "-")
                .input(rules.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .runOrThrow();
        net.echo(net.outside, TestNet.INTERNET, 7000);
        try (DatagramSocket socket = a.namespace.in(() -> new DatagramSocket(new InetSocketAddress(A.guest(), 0)))) {
            assertThat(TestNet.Guest.ask(socket, TestNet.INTERNET, 7000)).isEqualTo("no answer");
        }
        assertThat(network.obstacles()).isEmpty();
        assertThat(a.ask(TestNet.INTERNET, 7000)).isEqualTo(TestNet.HOST_OUTSIDE);
        assertThat(Command.of("nft", "list", "chain", "inet", "firewalld", "harmless")
                        .runOrThrow()
                        .stdout())
                .doesNotContain("execlaw");
        Command.of("nft", "delete", "table", "inet", "firewalld").runOrThrow();
    }

    @Test
    void rulesThatSomeoneRemovedAreSetAgain() throws Exception {
        network.change(A, list("203.0.113.5"));
        Command.of("nft", "flush", "ruleset").runOrThrow();
        assertThat(network.obstacles()).singleElement().asString().contains("Someone removed the rules");
        net.echo(net.outside, TestNet.INTERNET_ALSO, 7000);
        net.echo(b.namespace, B.guest(), 7000);
        assertThat(a.ask(TestNet.INTERNET_ALSO, 7000)).isEqualTo(TestNet.HOST_OUTSIDE);
        assertDropped(a, TestNet.INTERNET, 7000);
        assertDropped(a, B.guest(), 7000);
        assertThat(network.obstacles()).isEmpty();
    }

    @Test
    void forwardingIsSwitchedOnAndSetBack() throws Exception {
        Path forward = Path.of("/proc/sys/net/ipv4/ip_forward");
        assertThat(Files.readString(forward).strip()).isEqualTo("1");
        assertThatThrownBy(() -> network.release()).hasMessageContaining("[5, 9]");
        network.detach(A);
        network.detach(B);
        network.release();
        assertThat(Files.readString(forward).strip()).isEqualTo("0");
        try (Stream<Path> left = Files.list(state)) {
            assertThat(left).isEmpty();
        }
        network = TapNetwork.open(TapSettings.of(NetworkPrefix.DEFAULT, state));
        assertThat(Files.readString(forward).strip()).isEqualTo("1");
    }

    /** As Docker leaves a host, with an input chain that drops beside. */
    private static void docker() throws Exception {
        String rules = """
                table ip filter {
                  chain DOCKER-USER { counter return; }
                  chain FORWARD { type filter hook forward priority filter; policy drop;
                    counter jump DOCKER-USER
                    oifname "docker0" ct state related,established counter accept
                  }
                  chain INPUT { type filter hook input priority filter; policy drop;
                    ct state established,related accept
                    iifname "lo" accept
                  }
                }
                """;
        Command.of("nft", "-f", "-")
                .input(rules.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .runOrThrow();
    }

    private void assertDropped(TestNet.Guest guest, String address, int port) throws Exception {
        long before = network.traffic(guest.slot).droppedPackets();
        assertThat(guest.ask(address, port)).as(address).isEqualTo("no answer");
        assertThat(network.traffic(guest.slot).droppedPackets())
                .as("dropped on the way to " + address)
                .isEqualTo(before + 1);
    }

    private static EgressPolicy list(String... entries) {
        return new EgressPolicy.Allowlist(
                Stream.of(entries).map(Destination::parse).toList());
    }

    /** Whether a byte that was not sent before comes back. */
    private boolean echoes(Socket socket) throws IOException {
        next++;
        socket.getOutputStream().write(next);
        try {
            int answer = socket.getInputStream().read();
            while (answer >= 0 && answer != next) {
                answer = socket.getInputStream().read();
            }
            return answer == next;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    /** Whether what was sent while the way was cut comes through once it is open again. */
    private boolean echoesBefore(Socket socket, int attempts) throws IOException {
        for (int i = 0; i < attempts; i++) {
            if (echoes(socket)) {
                return true;
            }
        }
        return false;
    }
}

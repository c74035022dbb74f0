package dev.execlaw.microvm.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.process.Command;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Names on allow-lists, asked for by a guest and resolved by a name server behind the host. */
@Timeout(120)
class AllowlistNamesTest {

    private static final Slot A = NetworkPrefix.DEFAULT.slot(5);
    private static final int TYPE_A = 1;
    private static final int TYPE_AAAA = 28;
    private static final int TYPE_MX = 15;

    @TempDir
    private Path state;

    private TestNet net;
    private TestNames server;
    private TapNetwork network;
    private TestNet.Guest a;

    @BeforeEach
    void open() throws Exception {
        net = new TestNet();
        server = new TestNames(net.outside, TestNet.INTERNET);
        server.zone.put("api.example.org", List.of(TestNet.INTERNET_ALSO));
        server.zone.put("other.example.org", List.of(TestNet.INTERNET));
        network = TapNetwork.open(settings());
        network.attach(A, null, list("api.example.org", "*.below.example"));
        a = net.guest(A);
        net.echo(net.outside, TestNet.INTERNET, 7000);
        net.echo(net.outside, TestNet.INTERNET_ALSO, 7000);
    }

    @AfterEach
    void close() throws Exception {
        network.detach(A);
        network.release();
        network.close();
        server.close();
        net.close();
    }

    @Test
    void aListedNameIsResolvedAndItsAddressReached() throws Exception {
        assertThat(a.ask(TestNet.INTERNET_ALSO, 7000)).isEqualTo("no answer");
        assertThat(TestNames.ask(a, A.gateway(), "api.example.org", TYPE_A))
                .containsExactly("status 0", TestNet.INTERNET_ALSO);
        assertThat(a.ask(TestNet.INTERNET_ALSO, 7000)).isEqualTo(TestNet.HOST_OUTSIDE);
        assertThat(a.ask(TestNet.INTERNET, 7000)).isEqualTo("no answer");
        assertThat(elements()).containsPattern("10.200.0.22 . 203.0.113.5 timeout 1m30s");
    }

    @Test
    void whicheverServerAGuestAsksOursAnswers() throws Exception {
        for (String asked : List.of("8.8.8.8", TestNet.INTERNET, "10.1.2.3")) {
            assertThat(TestNames.ask(a, asked, "API.example.org".toLowerCase(java.util.Locale.ROOT), TYPE_A))
                    .as(asked)
                    .containsExactly("status 0", TestNet.INTERNET_ALSO);
            assertThat(TestNames.askByTcp(a, asked, "api.example.org", TYPE_A))
                    .as(asked)
                    .containsExactly("status 0", TestNet.INTERNET_ALSO);
            assertThat(TestNames.ask(a, asked, "other.example.org", TYPE_A)).containsExactly("status 5");
        }
    }

    @Test
    void whatIsNotListedIsRefusedAndNobodyIsAsked() throws Exception {
        for (String name : List.of("other.example.org", "sub.api.example.org", "below.example", "example.org")) {
            assertThat(TestNames.ask(a, A.gateway(), name, TYPE_A)).containsExactly("status 5");
        }
        assertThat(server.byUdp).hasValue(0);
        assertThat(elements()).doesNotContain("10.200.0.22");
    }

    @Test
    void otherTypesHaveNoAnswer() throws Exception {
        assertThat(TestNames.ask(a, A.gateway(), "api.example.org", TYPE_AAAA)).containsExactly("status 0");
        assertThat(TestNames.ask(a, A.gateway(), "api.example.org", TYPE_MX)).containsExactly("status 4");
        assertThat(TestNames.ask(a, A.gateway(), "no.below.example", TYPE_A)).containsExactly("status 3");
    }

    @Test
    void aliasesAreFollowedAndLongAnswersAskedForByTcp() throws Exception {
        server.zone.put("www.below.example", List.of("@edge.cdn.test", TestNet.INTERNET_ALSO));
        assertThat(TestNames.ask(a, A.gateway(), "www.below.example", TYPE_A))
                .containsExactly("status 0", TestNet.INTERNET_ALSO);
        server.zone.put(
                "many.below.example",
                IntStream.range(1, 60).mapToObj(last -> "203.0.113." + last).toList());
        assertThat(TestNames.ask(a, A.gateway(), "many.below.example", TYPE_A))
                .hasSize(17)
                .startsWith("status 0", "203.0.113.1");
        assertThat(server.byTcp).hasValue(1);
    }

    @Test
    void aNameThatPointsInsideOpensNothing() throws Exception {
        server.zone.put("evil.below.example", List.of("169.254.169.254", TestNet.LAN, "10.200.0.37"));
        assertThat(TestNames.ask(a, A.gateway(), "evil.below.example", TYPE_A)).containsExactly("status 0");
        assertThat(elements()).doesNotContain("10.200.0.22");
    }

    @Test
    void aChangedListForgetsItsNames() throws Exception {
        assertThat(TestNames.ask(a, A.gateway(), "api.example.org", TYPE_A)).hasSize(2);
        assertThat(a.ask(TestNet.INTERNET_ALSO, 7000)).isEqualTo(TestNet.HOST_OUTSIDE);
        network.change(A, list("api.example.org", "other.example.org"));
        assertThat(a.ask(TestNet.INTERNET_ALSO, 7000)).isEqualTo(TestNet.HOST_OUTSIDE);
        network.change(A, list("other.example.org"));
        assertThat(a.ask(TestNet.INTERNET_ALSO, 7000)).isEqualTo("no answer");
        assertThat(TestNames.ask(a, A.gateway(), "api.example.org", TYPE_A)).containsExactly("status 5");
        assertThat(TestNames.ask(a, A.gateway(), "other.example.org", TYPE_A)).hasSize(2);
        network.change(A, new EgressPolicy.None());
        assertThat(elements()).doesNotContain("10.200.0.22");
        assertThat(TestNames.ask(a, A.gateway(), "other.example.org", TYPE_A)).containsExactly("no answer");
    }

    @Test
    void aConnectionInUseOutlivesItsAnswer() throws Exception {
        assertThat(TestNames.ask(a, A.gateway(), "api.example.org", TYPE_A)).hasSize(2);
        try (DatagramSocket socket = a.namespace.in(() -> new DatagramSocket(new InetSocketAddress(A.guest(), 0)))) {
            assertThat(TestNet.Guest.ask(socket, TestNet.INTERNET_ALSO, 7000)).isEqualTo(TestNet.HOST_OUTSIDE);
            assertThat(elements()).contains("timeout 1m30s");
            assertThat(TestNet.Guest.ask(socket, TestNet.INTERNET_ALSO, 7000)).isEqualTo(TestNet.HOST_OUTSIDE);
        }
        assertThat(elements()).containsPattern("203.0.113.5 timeout (1h|1m30s) expires (1h|59m)");
    }

    @Test
    void aLaterProcessKeepsWhatWasResolvedAndAnswersAgain() throws Exception {
        assertThat(TestNames.ask(a, A.gateway(), "api.example.org", TYPE_A)).hasSize(2);
        network.close();
        network = TapNetwork.open(settings());
        assertThat(a.ask(TestNet.INTERNET_ALSO, 7000)).isEqualTo(TestNet.HOST_OUTSIDE);
        network.attach(A, null, list("api.example.org"));
        assertThat(a.ask(TestNet.INTERNET_ALSO, 7000)).isEqualTo(TestNet.HOST_OUTSIDE);
        assertThat(TestNames.ask(a, A.gateway(), "api.example.org", TYPE_A)).hasSize(2);
        network.change(A, list("other.example.org"));
        assertThat(a.ask(TestNet.INTERNET_ALSO, 7000)).isEqualTo("no answer");
    }

    @Test
    void aFloodOfQuestionsIsNotAnsweredInFull() throws Exception {
        byte[] query = TestNames.query("other.example.org", TYPE_A);
        int answers = 0;
        try (DatagramSocket socket = a.namespace.in(() -> new DatagramSocket(new InetSocketAddress(A.guest(), 0)))) {
            for (int i = 0; i < 2000; i++) {
                socket.send(new DatagramPacket(query, query.length, InetAddress.getByName(A.gateway()), 53));
            }
            socket.setSoTimeout(500);
            while (true) {
                socket.receive(new DatagramPacket(new byte[600], 600));
                answers++;
            }
        } catch (SocketTimeoutException e) {
            assertThat(answers).isBetween(20, 1000);
        }
        assertThat(TestNames.ask(a, A.gateway(), "api.example.org", TYPE_A)).hasSize(2);
    }

    @Test
    void aPortThatIsTakenIsSaid() throws Exception {
        network.detach(A);
        try (DatagramSocket taken = new DatagramSocket(new InetSocketAddress(InetAddress.getByName("0.0.0.0"), 8753))) {
            assertThat(taken.isBound()).isTrue();
            assertThatThrownBy(() -> network.attach(A, null, list("api.example.org")))
                    .isInstanceOf(NetworkException.class)
                    .hasMessageContaining("10.200.0.21:8753");
            assertThat(network.attached()).isEmpty();
        }
    }

    private TapSettings settings() {
        TapSettings usual = TapSettings.of(NetworkPrefix.DEFAULT, state);
        return new TapSettings(
                usual.prefix(),
                usual.gatewayPort(),
                usual.resolverPort(),
                state,
                List.of(new InetSocketAddress(TestNet.INTERNET, 53)));
    }

    private static String elements() throws Exception {
        return Command.of("nft", "list", "set", "inet", "execlaw", "names")
                .runOrThrow()
                .stdout();
    }

    private static EgressPolicy list(String... entries) {
        return new EgressPolicy.Allowlist(
                Stream.of(entries).map(Destination::parse).toList());
    }
}

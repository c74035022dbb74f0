package dev.execlaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.io.Transport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What guests may not do. */
class GatewayGuestsTest {

    private GatewayFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new GatewayFixture();
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private void refused(ContentResponse response, int status, String code) {
        assertThat(response.getStatus()).isEqualTo(status);
        assertThat(Json.MAPPER
                        .readTree(response.getContent())
                        .path("error")
                        .path("code")
                        .asString(""))
                .isEqualTo(code);
        assertThat(fixture.upstream.requests).isEmpty();
        assertThat(fixture.traffic.log()).isEmpty();
    }

    @Test
    void tokensPathsAndSocketsMustBelongTogether() throws Exception {
        fixture.open("s2");
        String body = GatewayFixture.body(true, "");
        refused(
                fixture.request(body)
                        .headers(h -> h.put("Authorization", "Bearer wrong"))
                        .send(),
                401,
                "invalid_token");
        refused(fixture.request(body).headers(h -> h.remove("Authorization")).send(), 401, "invalid_token");
        refused(fixture.request(body).path("/s/none/v1/chat/completions").send(), 401, "invalid_token");
        refused(fixture.request(body).path("/s/s2/v1/chat/completions").send(), 403, "wrong_session");
        refused(fixture.request(body).path("/v1/chat/completions").send(), 404, "not_found");
        refused(fixture.request(body).method("PUT").send(), 405, "method_not_allowed");
        assertThat(Files.getPosixFilePermissions(fixture.socket("s2")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    private ContentResponse ask(String session, String path, String token) throws Exception {
        return fixture.request(GatewayFixture.body(true, ""))
                .transport(new Transport.TCPUnix(fixture.socket(session)))
                .path("/s/" + path + "/v1/chat/completions")
                .headers(h -> h.put("Authorization", "Bearer " + token))
                .send();
    }

    private GatewaySession session(String id, String token, GatewaySession.Forebear... forebears) {
        GatewaySession like = fixture.session(id);
        return new GatewaySession(id, token, like.route(), like.texts(), like.listener(), List.of(forebears));
    }

    private void open(GatewaySession session) {
        fixture.gateway.open(session, UnixDomainSocketAddress.of(fixture.socket(session.id())));
    }

    @Test
    void aTokenIsWorthNothingAtAnotherAddressAndDiesWithItsSession() throws Exception {
        open(session("s2", "token-of-s2"));
        refused(ask("s1", "s2", "token-of-s2"), 403, "wrong_session");
        refused(ask("s1", "s1", "token-of-s2"), 401, "invalid_token");
        refused(ask("s2", "s1", "token-of-s2"), 401, "invalid_token");
        fixture.gateway.close("s2");
        assertThat(fixture.socket("s2")).doesNotExist();
        refused(ask("s1", "s2", "token-of-s2"), 401, "invalid_token");
        // The next run of a guest at this address is another session's.
        open(session("s3", "token-of-s3"));
        refused(ask("s3", "s2", "token-of-s2"), 401, "invalid_token");
        fixture.gateway.close("s3");
    }

    @Test
    void aConnectionOfAClosedSessionIsCut() throws Exception {
        open(session("s2", "token-of-s2"));
        try (SocketChannel held = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            held.connect(UnixDomainSocketAddress.of(fixture.socket("s2")));
            held.write(ByteBuffer.wrap("GET /s/s2/v1/models HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII)));
            assertThat(ask("s2", "s2", "wrong").getStatus()).isEqualTo(401); // so the one before is known, too
            fixture.gateway.close("s2");
            assertThat(held.read(ByteBuffer.allocate(1))).as("cut off").isEqualTo(-1);
        }
    }

    @Test
    void aForksGuestMayUseItsForebearsNameAtItsOwnAddressAlone() throws Exception {
        open(session("parent", "token-of-parent"));
        open(session("fork", "token-of-fork", new GatewaySession.Forebear("parent", "token-of-parent")));
        refused(ask("parent", "fork", "token-of-fork"), 403, "wrong_session");
        refused(ask("fork", "fork", "token-of-parent"), 401, "invalid_token");
        refused(ask("fork", "parent", "token-of-fork"), 401, "invalid_token");
        refused(ask("s1", "parent", "token-of-parent"), 403, "wrong_session");
        fixture.upstream.script((out, _) -> {
            FakeUpstream.stream(out);
            FakeUpstream.text(out, "to the fork");
            FakeUpstream.end(out, "stop");
        });
        // What runs in the fork's memory knows nothing of the fork; the call is the fork's all the same.
        fixture.gateway.close("parent");
        assertThat(GatewayFixture.text(ask("fork", "parent", "token-of-parent")))
                .isEqualTo("to the fork");
        fixture.gateway.close("fork");
    }

    @Test
    void badAndLargeBodiesAreRefused() throws Exception {
        refused(fixture.request("{\"messages\":").send(), 400, "invalid_json");
        refused(fixture.request("{\"messages\":" + "[".repeat(100_000)).send(), 400, "invalid_json");
        refused(fixture.request("{\"messages\":[]}").send(), 400, "invalid_request");
        refused(fixture.request("x".repeat((1 << 20) + 1)).send(), 413, "body_too_large");
        ContentResponse header = fixture.request("{}")
                .headers(h -> h.put("X-Long", "x".repeat(20_000)))
                .send();
        assertThat(header.getStatus()).isEqualTo(431);
    }

    @Test
    void theModelListIsTheRoutesModel() throws Exception {
        ContentResponse models = fixture.request("")
                .method("GET")
                .path("/s/s1/v1/models")
                .body(null)
                .send();
        assertThat(models.getContentAsString()).contains("\"id\":\"big\"").doesNotContain(GatewayFixture.KEY);
    }

    @Test
    void connectionsOfOneSessionAreBoundedAndOthersGoOn() throws Exception {
        fixture.open("s2");
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(fixture.socket("s2"));
        SocketChannel[] held = new SocketChannel[8];
        for (int i = 0; i < held.length; i++) {
            held[i] = SocketChannel.open(StandardProtocolFamily.UNIX);
            held[i].connect(address);
            held[i].write(ByteBuffer.wrap("POST /".getBytes(StandardCharsets.US_ASCII)));
        }
        try (SocketChannel over = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            over.connect(address);
            assertThat(over.read(ByteBuffer.allocate(1))).as("cut off").isEqualTo(-1);
        }
        fixture.upstream.script((out, request) -> {
            FakeUpstream.stream(out);
            FakeUpstream.end(out, "stop");
        });
        assertThat(fixture.ask(true).getStatus()).isEqualTo(200);
        for (SocketChannel channel : held) {
            channel.close();
        }
    }

    @Test
    void aTcpAddressServesItsOwnSessionOnly() throws Exception {
        InetSocketAddress address = fixture.openTcp("s1");
        fixture.open("s2");
        refused(
                fixture.request(GatewayFixture.body(true, ""))
                        .transport(Transport.TCP_IP)
                        .port(address.getPort())
                        .scheme("http")
                        .host("127.0.0.1")
                        .path("/s/s2/v1/chat/completions")
                        .send(),
                403,
                "wrong_session");
        fixture.upstream.script((out, request) -> {
            FakeUpstream.stream(out);
            FakeUpstream.text(out, "tcp");
            FakeUpstream.end(out, "stop");
        });
        ContentResponse answer = fixture.request(GatewayFixture.body(true, ""))
                .transport(Transport.TCP_IP)
                .port(address.getPort())
                .scheme("http")
                .host("127.0.0.1")
                .send();
        assertThat(GatewayFixture.text(answer)).isEqualTo("tcp");
    }

    @Test
    void anIdleSessionCostsNoThread() {
        int before = Thread.getAllStackTraces().size();
        for (int i = 0; i < 300; i++) {
            fixture.open("idle" + i);
        }
        assertThat(Thread.getAllStackTraces().size() - before)
                .as("platform threads for 300 sessions")
                .isLessThan(10);
        for (int i = 0; i < 300; i++) {
            fixture.gateway.close("idle" + i);
        }
    }

    @Test
    void aRouteThatFailsIsAnErrorAndNoHang() throws Exception {
        fixture.texts.clear();
        GatewaySession good = fixture.session("s4");
        fixture.gateway.open(
                new GatewaySession(
                        "s4",
                        good.token(),
                        () -> {
                            throw new IllegalStateException("no route");
                        },
                        good.texts(),
                        good.listener()),
                UnixDomainSocketAddress.of(fixture.socket("s4")));
        refused(
                fixture.request(GatewayFixture.body(true, ""))
                        .transport(new Transport.TCPUnix(fixture.socket("s4")))
                        .path("/s/s4/v1/chat/completions")
                        .send(),
                500,
                "internal");
    }

    @Test
    void aPathTooLongForASocketIsSaid() {
        GatewaySession good = fixture.session("s3");
        Path path = fixture.directory.resolve("x".repeat(100));
        assertThatThrownBy(() -> fixture.gateway.open(good, UnixDomainSocketAddress.of(path)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("107");
    }

    @Test
    void anAddressIsFreeAsSoonAsItsSessionIsClosed() {
        InetSocketAddress address = fixture.openTcp("s1");
        for (int round = 0; round < 300; round++) {
            fixture.gateway.close("s1");
            assertThat(fixture.gateway.open(fixture.session("s1"), address)).isEqualTo(address);
        }
    }
}

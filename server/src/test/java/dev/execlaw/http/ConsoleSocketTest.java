package dev.execlaw.http;

import static dev.execlaw.http.ConsoleClient.until;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ConsoleSocketTest {

    private TestServer server;
    private String id;
    private FakeConsole console;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.start();
        id = server.session();
        console = server.sessions.consoles.get(id);
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private ConsoleClient view(String query, boolean acknowledge) throws Exception {
        return new ConsoleClient(server, "/sessions/" + id + "/console" + query, acknowledge);
    }

    private static byte[] random(int count) {
        byte[] bytes = new byte[count];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    @Test
    void whatTheGuestWritesArrivesByteForByte() throws Exception {
        console.print("boot\r\n".getBytes(UTF_8));
        ConsoleClient viewer = view("", true);
        assertThat(viewer.socket.getSubprotocol()).isEqualTo("execlaw-console");
        byte[] flood = random(3_000_000);
        console.print(flood);
        until("all bytes", () -> viewer.bytes().length == 3_000_006);
        assertThat(Arrays.copyOfRange(viewer.bytes(), 6, 3_000_006)).isEqualTo(flood);
        assertThat(viewer.texts()).containsExactly("{\"type\":\"start\",\"offset\":0,\"begin\":0}");
    }

    @Test
    void aViewerResumesAtItsOffset() throws Exception {
        console.print("0123456789".getBytes(UTF_8));
        ConsoleClient viewer = view("?from=4", true);
        until("the rest", () -> viewer.bytes().length == 6);
        assertThat(new String(viewer.bytes(), UTF_8)).isEqualTo("456789");
        console.giveUp(8);
        ConsoleClient late = view("?from=2", true);
        until("what is left", () -> late.bytes().length == 2);
        assertThat(late.texts()).containsExactly("{\"type\":\"start\",\"offset\":8,\"begin\":8}");
        ConsoleClient lost = view("?from=1000", true);
        until("a new begin", () -> lost.bytes().length == 2);
    }

    @Test
    void whoAcknowledgesNothingGetsOneWindowAndOthersGoOn() throws Exception {
        ConsoleClient deaf = view("", false);
        ConsoleClient viewer = view("", true);
        byte[] flood = random(2_000_000);
        console.print(flood);
        until("the other viewer's bytes", () -> viewer.bytes().length == flood.length);
        until("the window", () -> deaf.bytes().length == Credit.WINDOW);
        console.print("more".getBytes(UTF_8));
        until("the other viewer's last bytes", () -> viewer.bytes().length == flood.length + 4);
        assertThat(deaf.bytes()).hasSize(Credit.WINDOW);
        deaf.socket.sendText("{\"type\":\"ack\",\"offset\":" + 1000 + "}", true).get(10, TimeUnit.SECONDS);
        until("as much as was acknowledged", () -> deaf.bytes().length == Credit.WINDOW + 1000);
        assertThat(deaf.bytes()).isEqualTo(Arrays.copyOf(flood, Credit.WINDOW + 1000));
    }

    @Test
    void whatWasGivenUpIsSaid() throws Exception {
        ConsoleClient slow = view("", false);
        byte[] flood = random(1_000_000);
        console.print(flood);
        until("the window", () -> slow.bytes().length == Credit.WINDOW);
        console.giveUp(900_000);
        slow.socket
                .sendText("{\"type\":\"ack\",\"offset\":" + Credit.WINDOW + "}", true)
                .get(10, TimeUnit.SECONDS);
        until("the end", () -> slow.bytes().length == Credit.WINDOW + 100_000);
        assertThat(slow.texts().getLast())
                .isEqualTo("{\"type\":\"skipped\",\"bytes\":" + (900_000 - Credit.WINDOW) + ",\"offset\":900000}");
        assertThat(slow.offset()).isEqualTo(1_000_000);
    }

    @Test
    void inputReachesTheGuest() throws Exception {
        ConsoleClient viewer = view("", true);
        viewer.socket
                .sendText("{\"type\":\"resize\",\"cols\":80,\"rows\":24}", true)
                .get(10, TimeUnit.SECONDS);
        viewer.socket.sendBinary(ByteBuffer.wrap("ls\r".getBytes(UTF_8)), true).get(10, TimeUnit.SECONDS);
        viewer.socket
                .sendBinary(ByteBuffer.wrap(new byte[] {3, (byte) 0xff}), true)
                .get(10, TimeUnit.SECONDS);
        until("the input", () -> console.typed().length == 5);
        assertThat(console.typed()).isEqualTo(new byte[] {'l', 's', '\r', 3, (byte) 0xff});
    }

    @Test
    void theEndOfTheConsoleIsSaid() throws Exception {
        console.print("bye".getBytes(UTF_8));
        ConsoleClient viewer = view("", true);
        until("the bytes", () -> viewer.bytes().length == 3);
        console.finish();
        until("the close", () -> viewer.closed().equals("1000 the console has ended"));
        assertThat(viewer.texts().getLast()).isEqualTo("{\"type\":\"end\"}");
        until("no viewer is left", () -> server.http.viewers() == 0);
    }

    @Test
    void noSessionOrNoConsoleIs4404() throws Exception {
        ConsoleClient none = new ConsoleClient(server, "/sessions/s404/console", true);
        until("the close", () -> none.closed().equals("4404 There is no session s404."));
        server.sessions.consoles.clear();
        ConsoleClient early = view("", true);
        until("the close", () -> early.closed().startsWith("4404 session s1 has no console yet"));
        until("no viewer is left", () -> server.http.viewers() == 0);
    }

    @Test
    void inputToAnEndedMachineIs1011() throws Exception {
        ConsoleClient viewer = view("", false);
        console.print(random(Credit.WINDOW));
        until("the window", () -> viewer.bytes().length == Credit.WINDOW);
        console.finish();
        viewer.socket.sendBinary(ByteBuffer.wrap(new byte[] {'x'}), true).get(10, TimeUnit.SECONDS);
        until(
                "the close",
                () -> viewer.closed().startsWith("1011 the console cannot be served: the machine has ended"));
        until("no viewer is left", () -> server.http.viewers() == 0);
    }

    @Test
    void badMessagesAndLargeFramesCloseTheViewer() throws Exception {
        ConsoleClient odd = view("", true);
        odd.socket.sendText("{\"type\":\"what\"}", true).get(10, TimeUnit.SECONDS);
        until("the close", () -> odd.closed().startsWith("1008 "));
        ConsoleClient broken = view("", true);
        broken.socket.sendText("{", true).get(10, TimeUnit.SECONDS);
        until("the close", () -> broken.closed().startsWith("1008 "));
        ConsoleClient large = view("", true);
        var _ = large.socket.sendBinary(ByteBuffer.allocate(Consoles.FRAME + 1), true);
        until("the close", () -> large.closed().startsWith("1009 "));
        until("no viewer is left", () -> server.http.viewers() == 0);
        assertThat(console.typed()).isEmpty();
    }

    @Test
    void strangersAndForeignPagesAreNotUpgraded() throws Exception {
        String path = "/sessions/" + id + "/console";
        String cookie = "execlaw=" + server.authenticator.newCookie();
        refused(401, path, "X-None", "1");
        refused(401, path, "Authorization", "Bearer wrong");
        refused(403, path, "Cookie", cookie, "Origin", "http://evil.example");
        refused(403, path, "Cookie", cookie);
        refused(403, path, "Authorization", "Bearer " + TestServer.TOKEN, "Origin", "http://evil.example");
        ConsoleClient own = new ConsoleClient(server, path, true, "Cookie", cookie, "Origin", server.origin());
        until("the start", () -> !own.texts().isEmpty());
    }

    private void refused(int status, String path, String... headers) {
        assertThatThrownBy(() -> new ConsoleClient(server, path, true, headers))
                .hasCauseInstanceOf(WebSocketHandshakeException.class)
                .satisfies(e -> assertThat(((WebSocketHandshakeException) e.getCause())
                                .getResponse()
                                .statusCode())
                        .isEqualTo(status));
    }

    @Test
    void stoppingTheServerSaysSo() throws Exception {
        ConsoleClient viewer = view("", true);
        until("the start", () -> !viewer.texts().isEmpty());
        server.http.stop();
        until("the close", () -> viewer.closed().startsWith("1001 "));
    }
}

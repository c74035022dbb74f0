package dev.execlaw.microvm.firecracker.api;

import static dev.execlaw.microvm.firecracker.api.ScriptedServer.SILENCE;
import static dev.execlaw.microvm.firecracker.api.ScriptedServer.SPLIT;
import static dev.execlaw.microvm.firecracker.api.ScriptedServer.THEN_CLOSE;
import static dev.execlaw.microvm.firecracker.api.ScriptedServer.answer;
import static dev.execlaw.microvm.firecracker.api.ScriptedServer.instance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The quirks of the wire, each as Firecracker's server has it. */
@Timeout(30)
class FirecrackerClientTest {

    private static final String DONE = "HTTP/1.1 204 \r\nServer: Firecracker API\r\nConnection: keep-alive\r\n\r\n";
    private static final String TOO_MANY = "HTTP/1.1 503\r\nServer: Firecracker API\r\nConnection: close\r\n"
            + "Content-Length: 40\r\n\r\n{ \"error\": \"Too many open connections\" }";
    private static final Control.Pause PAUSE = new Control.Pause();
    private static final Duration SHORT = Duration.ofSeconds(1);

    @TempDir
    private Path directory;

    private ScriptedServer server;
    private FirecrackerClient client;

    private void serve(String... answers) throws IOException {
        server = new ScriptedServer(directory.resolve("a.sock"), answers);
        client = new FirecrackerClient(directory.resolve("a.sock"));
    }

    @AfterEach
    void close() throws IOException {
        if (server != null) {
            client.close();
            server.close();
        }
    }

    @Test
    void emptyReasonAndNoLengthAreAnAnswer() throws Exception {
        serve(DONE, DONE);
        client.send(PAUSE);
        client.send(new Control.Resume());
        assertThat(server.connections).hasSize(1);
        assertThat(server.requests.getFirst())
                .isEqualTo("PATCH /vm HTTP/1.1\nHost: localhost\nAccept: application/json\n"
                        + "Content-Type: application/json\nContent-Length: 18\n\n{\"state\":\"Paused\"}");
    }

    @Test
    void answerInPiecesAndFieldsThatAreNew() throws Exception {
        String whole = instance("Not started");
        serve(whole.replace("\r\n", "\r" + SPLIT + "\n" + SPLIT).replace("Fire", "Fi" + SPLIT + "re"));
        Answers.InstanceInfo instance = client.ask(new Query.Instance());
        assertThat(instance.id().text()).isEqualTo("a-b");
        assertThat(instance.state()).isEqualTo(Answers.State.NOT_STARTED);
        assertThat(server.requests.getFirst()).doesNotContain("Content-Length");
    }

    @Test
    void refusalTellsItsMessageAndTheConnectionGoesOn() throws Exception {
        serve(answer("HTTP/1.1 400 ", "{\"fault_message\":\"Not \\\"now\\\"\"}"), DONE);
        assertThatThrownBy(() -> client.send(PAUSE)).isInstanceOfSatisfying(ApiException.Refused.class, refused -> {
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.faultMessage()).isEqualTo("Not \"now\"");
            assertThat(refused.operation()).isEqualTo("PATCH /vm");
        });
        client.send(PAUSE);
        assertThat(server.connections).hasSize(1);
    }

    @Test
    void bodyThatIsNoJsonIsUnderstood() throws Exception {
        serve(answer(
                "HTTP/1.1 400 ",
                "{ \"error\": \"Invalid header.\nAll previous unanswered requests will be dropped.\" }"));
        assertThatThrownBy(() -> client.send(PAUSE))
                .isInstanceOfSatisfying(
                        ApiException.NotUnderstood.class,
                        error -> assertThat(error.faultMessage())
                                .isEqualTo("Invalid header.\nAll previous unanswered requests will be dropped."));
    }

    @Test
    void plainTextOfA500IsItsMessage() throws Exception {
        serve(answer("HTTP/1.1 500 ", "out of luck"));
        assertThatThrownBy(() -> client.send(PAUSE))
                .isInstanceOfSatisfying(
                        ApiException.Refused.class,
                        refused -> assertThat(refused.faultMessage()).isEqualTo("out of luck"));
    }

    @Test
    void oneConnectionTooManyIsToldBeforeAnythingWasAsked() throws Exception {
        serve();
        // Often: whether our request or the server's close comes first is a race that neither may win.
        for (int i = 0; i < 100; i++) {
            server.greet(i % 2 == 0 ? TOO_MANY : TOO_MANY.replaceFirst("Content-Length: 40\r\n", ""));
            try (FirecrackerClient eleventh = new FirecrackerClient(directory.resolve("a.sock"))) {
                assertThatThrownBy(() -> eleventh.send(PAUSE))
                        .isInstanceOf(ApiException.TooManyConnections.class)
                        .hasMessageContaining("Too many open connections");
            }
        }
    }

    @Test
    void callThatIsNotAnsweredSpoilsTheConnectionAndTheStateIsReadAgain() throws Exception {
        serve(DONE, SILENCE, instance("Paused"), DONE, DONE);
        client.send(PAUSE);
        assertThatThrownBy(() -> client.send(PAUSE, SHORT))
                .isInstanceOf(ApiException.Unanswered.class)
                .hasMessageContaining("within 1000 ms");
        client.send(PAUSE);
        client.send(PAUSE);
        assertThat(server.connections).hasSize(2);
        assertThat(server.requests)
                .extracting(request -> request.substring(0, request.indexOf(" HTTP")))
                .containsExactly("PATCH /vm", "PATCH /vm", "GET /", "PATCH /vm", "PATCH /vm");
    }

    @Test
    void connectionThatBreaksIsToldAndANewOneIsMade() throws Exception {
        serve(THEN_CLOSE + "HTTP/1.1 200 \r\nContent-Length: 100\r\n\r\nhalf", instance("Running"), DONE);
        assertThatThrownBy(() -> client.ask(new Query.Version()))
                .isInstanceOf(ApiException.Disconnected.class)
                .hasMessageContaining("after 4 of 100 bytes");
        client.send(PAUSE);
        assertThat(server.connections).hasSize(2);
    }

    @Test
    void continueIsNoAnswer() throws Exception {
        serve("HTTP/1.1 100 \r\n\r\n" + DONE);
        client.send(PAUSE);
    }

    @Test
    void whatIsNoHttpIsAnError() throws Exception {
        serve("SSH-2.0-OpenSSH\r\n\r\n");
        assertThatThrownBy(() -> client.send(PAUSE))
                .isInstanceOf(ApiException.Disconnected.class)
                .hasMessageContaining("no HTTP answer: \"SSH-2.0-OpenSSH\"");
    }

    @Test
    void answerOfAnotherKindIsAnError() throws Exception {
        serve(answer("HTTP/1.1 200 ", "[]"));
        assertThatThrownBy(() -> client.ask(new Query.Instance())).isInstanceOf(ApiException.Unexpected.class);
    }

    @Test
    void nobodyThereIsARefusal() {
        FirecrackerClient nobody = new FirecrackerClient(directory.resolve("none.sock"));
        assertThatThrownBy(() -> nobody.ask(new Query.Instance()))
                .isInstanceOfSatisfying(
                        ApiException.Disconnected.class,
                        e -> assertThat(e.getMessage()).contains("none.sock"));
    }

    @Test
    void callsOfManyThreadsFollowEachOther() throws Exception {
        String[] answers = new String[50];
        Arrays.fill(answers, DONE);
        serve(answers);
        CompletableFuture<?>[] calls = new CompletableFuture<?>[answers.length];
        for (int i = 0; i < calls.length; i++) {
            CompletableFuture<Void> call = new CompletableFuture<>();
            calls[i] = call;
            Thread.ofVirtual().start(() -> {
                try {
                    client.send(PAUSE);
                    call.complete(null);
                } catch (IOException e) {
                    call.completeExceptionally(e);
                }
            });
        }
        CompletableFuture.allOf(calls).get(10, TimeUnit.SECONDS);
        assertThat(server.connections).hasSize(1);
        assertThat(server.requests).hasSize(answers.length);
    }

    @Test
    void closingEndsACallThatWaits() throws Exception {
        serve(SILENCE);
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                client.send(PAUSE);
                failure.completeExceptionally(new AssertionError("answered"));
            } catch (IOException e) {
                failure.complete(e);
            }
        });
        while (server.requests.isEmpty()) {
            Thread.onSpinWait();
        }
        client.close();
        assertThat(failure.get(5, TimeUnit.SECONDS)).isInstanceOf(ApiException.Disconnected.class);
        assertThatThrownBy(() -> client.send(PAUSE)).hasMessageContaining("is closed");
    }

    @Test
    void deepDirectoriesAreNoObstacle() throws Exception {
        Path deep = Files.createDirectories(directory.resolve("d".repeat(70)).resolve("e".repeat(70)));
        try (ScriptedServer shallow = new ScriptedServer(directory.resolve("b.sock"), instance("Running"));
                FirecrackerClient far = new FirecrackerClient(deep.resolve("b.sock"))) {
            Files.move(directory.resolve("b.sock"), deep.resolve("b.sock"));
            assertThat(far.ask(new Query.Instance()).state()).isEqualTo(Answers.State.RUNNING);
            assertThat(shallow.requests).hasSize(1);
        }
    }

    @Test
    void rawRequestGivesRefusalsAsAnswers() throws Exception {
        serve(
                answer("HTTP/1.1 400 ", "{\"fault_message\":\"no\"}"),
                DONE.replace("\r\n\r\n", "\r\nDeprecation: true\r\n\r\n"));
        RawRequest request = new RawRequest(Method.PUT, "/news", Map.of("a", 1), Duration.ofSeconds(2));
        assertThat(client.raw(request)).isEqualTo(new RawAnswer(400, "{\"fault_message\":\"no\"}", false));
        assertThat(client.raw(request)).isEqualTo(new RawAnswer(204, "", true));
        assertThat(server.requests.getFirst())
                .startsWith("PUT /news HTTP/1.1\n")
                .endsWith("\n\n{\"a\":1}");
        assertThatThrownBy(() -> new RawRequest(Method.GET, "/a b\r\n", null, SHORT))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void nothingIsSentForWhatIsAbsent() throws Exception {
        serve(DONE, DONE);
        client.send(new Device.Entropy(null));
        client.send(new Balloon.HintingStop());
        assertThat(server.requests.get(0)).endsWith("Content-Length: 2\n\n{}");
        assertThat(server.requests.get(1)).doesNotContain("Content-Length").doesNotContain("{");
    }

    @Test
    void idsHaveDifferentLetters() {
        assertThat(new DeviceId("root_1").text()).isEqualTo("root_1");
        assertThatThrownBy(() -> new DeviceId("0190-ab")).hasMessageContaining("hyphens are for instance ids");
        assertThat(new InstanceId("0190-ab").text()).isEqualTo("0190-ab");
        assertThatThrownBy(() -> new InstanceId("root_1")).hasMessageContaining("underscores are for device ids");
        assertThatThrownBy(() -> new InstanceId("x".repeat(65))).isInstanceOf(IllegalArgumentException.class);
    }
}

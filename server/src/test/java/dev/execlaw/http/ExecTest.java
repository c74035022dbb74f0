package dev.execlaw.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.exec.ExecCommand;
import dev.execlaw.exec.ExecOutput;
import dev.execlaw.exec.ExecResult;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ExecTest {

    private final TestServer server;
    private final String path;

    ExecTest() throws IOException {
        server = new TestServer(TestServer.settings(draft -> {
            draft.heartbeat = Duration.ofMillis(100);
            draft.idle = Duration.ofMillis(400);
            return draft;
        }));
        path = "/sessions/" + server.session() + "/exec";
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    private static void write(ExecOutput output, byte[]... pieces) {
        try {
            for (byte[] piece : pieces) {
                output.stdout(piece);
            }
            output.stderr("err".getBytes(UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpResponse<String> stream(String json) throws IOException, InterruptedException {
        return server.send(server.api(path)
                .header("Content-Type", "application/json")
                .header("Accept", "text/event-stream")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    @Test
    void theWholeRequestArrivesAndTheWholeAnswerComesBack() throws Exception {
        AtomicReference<ExecCommand> asked = new AtomicReference<>();
        server.sessions.execution = (command, output) -> {
            asked.set(command);
            write(output, "ä".getBytes(UTF_8));
            return new ExecResult(3, null, Duration.ofMillis(12), false, false);
        };
        HttpResponse<String> response = server.post(path, """
                {"command": "make", "stdin": "y€", "timeoutS": 5, "cwd": "/srv", "env": {"A": "1"}}""");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        JsonNode answer = TestServer.json(response);
        assertThat(answer.path("stdout").asString()).isEqualTo("ä");
        assertThat(answer.path("stdoutBase64").isNull()).isTrue();
        assertThat(answer.path("stderr").asString()).isEqualTo("err");
        assertThat(answer.path("status").asInt()).isEqualTo(3);
        assertThat(answer.path("signal").isNull()).isTrue();
        assertThat(answer.path("durationMs").asInt()).isEqualTo(12);
        assertThat(answer.path("truncated").asBoolean()).isFalse();
        assertThat(answer.path("timedOut").asBoolean()).isFalse();
        assertThat(asked.get().command()).isEqualTo("make");
        assertThat(UTF_8.decode(asked.get().stdin()).toString()).isEqualTo("y€");
        assertThat(asked.get().timeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(asked.get().cwd()).isEqualTo("/srv");
        assertThat(asked.get().env()).isEqualTo(Map.of("A", "1"));
    }

    @Test
    void bytesThatAreNoTextComeBackAsTheyAre() throws Exception {
        server.sessions.execution = (_, output) -> {
            write(output, new byte[] {(byte) 0xff, 0});
            return new ExecResult(null, "KILL", Duration.ZERO, false, true);
        };
        JsonNode answer = TestServer.json(server.post(path, "{\"command\": \"x\", \"stdinBase64\": \"AP8=\"}"));
        assertThat(answer.path("stdoutBase64").asString()).isEqualTo("/wA=");
        assertThat(answer.path("stdout").asString()).isEqualTo("\ufffd\0");
        assertThat(answer.path("signal").asString()).isEqualTo("KILL");
        assertThat(answer.path("status").isNull()).isTrue();
        assertThat(answer.path("timedOut").asBoolean()).isTrue();
    }

    @Test
    void aStreamTellsPiecesAtTheEndsOfCharactersAndThenTheExit() throws Exception {
        byte[] euro = "€".getBytes(UTF_8);
        server.sessions.execution = (_, output) -> {
            write(
                    output,
                    new byte[] {'a', euro[0]},
                    new byte[] {euro[1]},
                    new byte[] {euro[2], '\n'},
                    new byte[] {(byte) 0xff},
                    new byte[] {euro[0]});
            return new ExecResult(0, null, Duration.ofMillis(7), true, false);
        };
        HttpResponse<String> response = stream("{\"command\": \"x\"}");
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/event-stream");
        assertThat(response.body()).isEqualTo("""
                event: stdout
                data: {"text":"a","base64":null}

                event: stdout
                data: {"text":"€\\n","base64":null}

                event: stdout
                data: {"text":null,"base64":"/w=="}

                event: stderr
                data: {"text":"err","base64":null}

                event: stdout
                data: {"text":null,"base64":"4g=="}

                event: exit
                data: {"status":0,"signal":null,"durationMs":7,"truncated":true,"timedOut":false}

                """);
    }

    @Test
    void aStreamThatBreaksOffSaysWhyAndOneThatNeverBeganIsAProblem() throws Exception {
        ProblemException lost = new ProblemException(ErrorCode.EXEC_FAILED, "the machine is gone", "start it");
        server.sessions.execution = (command, output) -> {
            if (command.command().equals("late")) {
                write(output, new byte[] {'x'});
            }
            throw lost;
        };
        HttpResponse<String> late = stream("{\"command\": \"late\"}");
        assertThat(late.statusCode()).isEqualTo(200);
        assertThat(late.body()).contains("event: error\ndata: {", "EXEC_FAILED", "the machine is gone");
        HttpResponse<String> early = stream("{\"command\": \"early\"}");
        assertThat(early.statusCode()).isEqualTo(502);
        assertThat(early.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    }

    @Test
    void aSilentCommandOutlivesTheIdleTimeout() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        server.sessions.execution = (_, _) -> {
            try {
                assertThat(never.await(1500, TimeUnit.MILLISECONDS)).isFalse();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return new ExecResult(0, null, Duration.ZERO, false, false);
        };
        assertThat(TestServer.json(server.post(path, "{\"command\": \"x\"}"))
                        .path("status")
                        .asInt(9))
                .isZero();
        assertThat(stream("{\"command\": \"x\"}").body()).contains("event: exit");
    }

    @Test
    void whatIsWrongWithARequestIsSaid() throws Exception {
        refused("{\"command\": \"x\", \"timeout\": 5}", "UNKNOWN_FIELD", "timeoutS");
        refused("{\"command\": \"x\", \"timeoutS\": 4000}", "INVALID_REQUEST", "4000");
        refused("{\"stdin\": \"x\"}", "INVALID_REQUEST", "command");
        refused("{\"command\": \"x\", \"stdin\": \"\", \"stdinBase64\": \"\"}", "INVALID_REQUEST", "both");
        refused("{\"command\": \"x\", \"stdinBase64\": \"!\"}", "INVALID_REQUEST", "base64");
        refused("{\"command\": \"x\", \"env\": {\"A\": null}}", "INVALID_REQUEST", "env");
        assertThat(stream("{\"command\": \"x\", \"timeout\": 5}").statusCode()).isEqualTo(400);
        assertThat(server.post("/sessions/none/exec", "{\"command\": \"x\"}").statusCode())
                .isEqualTo(404);
    }

    private void refused(String json, String code, String word) throws Exception {
        HttpResponse<String> response = server.post(path, json);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(response.body()).contains(code, word);
    }
}

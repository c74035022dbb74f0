package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Commands in a real machine over SSH, beside its agent; booted once for the whole class. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ExecTest {

    private Product product;
    private Api api;
    private String session;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        product = Product.start(directory);
        api = product.api();
        session = api.createReady();
    }

    @AfterAll
    void stop() throws InterruptedException {
        product.close();
    }

    private JsonNode exec(Map<String, Object> body) {
        ObjectNode json = api.object();
        body.forEach((name, value) -> json.putPOJO(name, value));
        return api.post("/sessions/" + session + "/exec", json, 200);
    }

    private String out(String command) {
        JsonNode answer = exec(Map.of("command", command));
        assertThat(answer.path("status").asInt(-1)).as(answer.toString()).isZero();
        return answer.path("stdout").asString();
    }

    private String agentProcess() {
        return Api.text(api.turn(session, "run cut -d ' ' -f 1,22 /proc/$PPID/stat"), "tool_result");
    }

    @Test
    void aCommandSeesTheMachineAndLeavesNothingInTheTranscript() {
        long before = api.lastSeq(session);
        assertThat(out("id -un; hostname; cat /etc/debian_version")).startsWith("root\nnullclaw\n12");
        JsonNode answer = exec(Map.of("command", "cat; pwd >&2; exit 3", "stdin", "ä€\n", "cwd", "/srv"));
        assertThat(answer.path("stdout").asString()).isEqualTo("ä€\n");
        assertThat(answer.path("stderr").asString()).isEqualTo("/srv\n");
        assertThat(answer.path("status").asInt()).isEqualTo(3);
        assertThat(exec(Map.of("command", "kill -TERM $$")).path("signal").asString())
                .isEqualTo("TERM");
        assertThat(api.events(session, before)).isEmpty();
    }

    @Test
    void muchInputAndOutputGoThroughAtOnce() {
        String text = "0123456789abcdef".repeat(50_000);
        JsonNode answer = exec(Map.of("command", "cat", "stdin", text));
        assertThat(answer.path("stdout").asString()).isEqualTo(text);
        JsonNode more = exec(Map.of("command", "head -c 3000000 /dev/zero"));
        assertThat(more.path("truncated").asBoolean()).isTrue();
        assertThat(more.path("stdout").asString()).hasSize(1 << 20);
    }

    @Test
    void theTimeoutLeavesNoProcessBehind() {
        JsonNode answer = exec(Map.of("command", "sleep 4711 & sleep 4712", "timeoutS", 2));
        assertThat(answer.path("timedOut").asBoolean()).isTrue();
        assertThat(answer.path("signal").asString()).isEqualTo("KILL");
        assertThat(out("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '")).doesNotContain("sleep 471");
    }

    @Test
    void anInterruptEndsTheToolAndNotTheAgent() {
        String agent = agentProcess();
        long before = api.lastSeq(session);
        // A tool that takes no notice of SIGINT, with a child in a session of its own.
        api.send(session, "run trap '' INT; setsid sleep 4713 & touch /root/begun; sleep 4714; echo never");
        Wait.until("the tool", Duration.ofSeconds(30), () -> out("ls /root").contains("begun"));
        api.post("/sessions/" + session + "/interrupt", api.object(), 202);
        List<JsonNode> turn = api.awaitTurnEnd(session, before);
        assertThat(turn.stream()
                        .filter(event -> Api.type(event).equals("turn_finished"))
                        .map(event -> event.path("payload").path("reason").asString()))
                .containsExactly("stopped");
        assertThat(out("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '")).doesNotContain("sleep 471");
        assertThat(agentProcess()).isEqualTo(agent);
    }

    @Test
    void theDoctorDoesNotSuspendTheAgent() {
        String agent = agentProcess();
        long before = api.lastSeq(session);
        Map<String, String> verdicts = new LinkedHashMap<>();
        for (JsonNode check :
                api.post("/sessions/" + session + "/doctor", api.object(), 200).path("checks")) {
            verdicts.put(check.path("name").asString(), check.path("verdict").asString());
        }
        assertThat(verdicts).hasSize(11).containsEntry("gateway", "ok");
        assertThat(verdicts).as("the internet is allowed, and there is none").containsEntry("dns", "fail");
        assertThat(api.events(session, before)).as("it is idle all the time").isEmpty();
        assertThat(agentProcess()).isEqualTo(agent);
    }

    @Test
    void theMachineIsEnteredAgainAfterACrashOfTheServer() throws Exception {
        out("echo here >/root/mark");
        product.crash();
        product.restart();
        api.awaitIdle(session);
        assertThat(out("cat /root/mark")).isEqualTo("here\n");
    }

    @Test
    void anotherHostKeyIsNotBelieved() {
        String restart = "systemctl restart ssh.service; pkill -f 'sshd: [r]oot'; true";
        api.turn(
                session,
                "run mkdir /root/keep; mv /etc/ssh/ssh_host_ed25519_key* /root/keep; /usr/local/lib/execlaw/host-key; "
                        + restart);
        try {
            HttpResponse<String> answer =
                    api.call("POST", "/sessions/" + session + "/exec", "{\"command\": \"true\"}", Map.of());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(502);
            assertThat(answer.body()).contains("EXEC_FAILED", "another host key");
        } finally {
            api.turn(session, "run mv /root/keep/* /etc/ssh; rmdir /root/keep; " + restart);
        }
        assertThat(out("echo back")).isEqualTo("back\n");
    }

    @Test
    void theCommandPassesInputOutputAndStatusOn() throws Exception {
        Map<String, String> environment = Map.of(
                "EXECLAW_TOKEN",
                product.token(),
                "EXECLAW_SERVER_LISTEN",
                product.base().getAuthority());
        CommandLineTest.Outcome outcome = CommandLineTest.run(
                environment,
                "exec",
                "-n",
                session,
                "--cwd",
                "/srv",
                "--",
                "sh",
                "-c",
                "pwd; echo its \"$1\"; exit 42",
                "x",
                "a b");
        assertThat(outcome.output()).contains("/srv\n", "its a b\n");
        assertThat(outcome.status()).isEqualTo(42);
        assertThat(CommandLineTest.run(environment, "exec", "-n", "nosuchsession", "--", "true")
                        .status())
                .isEqualTo(125);
    }
}

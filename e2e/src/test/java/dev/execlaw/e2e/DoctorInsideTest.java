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

/** The doctor inside a real machine, booted once for the whole class. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DoctorInsideTest {

    private Product product;
    private Api api;
    private String session;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        product = Product.start(Product.dataDirectory(directory), UserNetworkTest.CONFIG);
        api = product.api();
        session = api.createReady();
    }

    @AfterAll
    void stop() throws InterruptedException {
        product.close();
    }

    private Map<String, JsonNode> examine() {
        Map<String, JsonNode> checks = new LinkedHashMap<>();
        for (JsonNode check :
                api.post("/sessions/" + session + "/doctor", api.object(), 200).path("checks")) {
            checks.put(check.path("name").asString(), check);
        }
        return checks;
    }

    private static String verdict(JsonNode check) {
        return check.path("verdict").asString();
    }

    private String run(String command) {
        return Api.text(api.turn(session, "run " + command), "tool_result");
    }

    /** The agent's process and its time of start: another one would have forgotten the conversation. */
    private String agentProcess() {
        return run("cut -d ' ' -f 1,22 /proc/$PPID/stat");
    }

    /** Prompt tokens of a turn: the demo model counts a part of all it is sent, so they grow with the conversation. */
    private static long promptTokens(List<JsonNode> turn) {
        return turn.stream()
                .filter(event -> Api.type(event).equals("usage"))
                .mapToLong(event -> event.path("payload").path("inputTokens").asLong())
                .max()
                .orElseThrow();
    }

    @Test
    void everyCheckTellsWhatIsSoAndTheConversationGoesOn() {
        String agent = agentProcess();
        String terminal = run("stty -a < /dev/ttyS0");
        long before = promptTokens(api.turn(session, "think of a long word to remember"));
        Map<String, JsonNode> checks = examine();
        assertThat(checks.keySet())
                .containsExactly(
                        "ca bundle",
                        "name servers",
                        "address",
                        "route",
                        "gateway",
                        "dns",
                        "https",
                        "agent",
                        "clock",
                        "disk",
                        "memory");
        checks.forEach((name, check) -> assertThat(verdict(check))
                .as(check.toString())
                .isEqualTo(name.equals("dns") || name.equals("https") ? "warn" : "ok"));
        assertThat(checks.get("dns").path("seen").asString()).contains("leads to the model gateway and nothing else");
        assertThat(checks.get("gateway").path("seen").asString()).contains(":8787 answers HTTP/1");
        assertThat(api.get("/sessions/" + session).path("agentState").asString())
                .isEqualTo("idle");
        long after = promptTokens(api.turn(session, "think of a long word to remember"));
        assertThat(after).as("what the model is sent").isGreaterThan(before);
        assertThat(agentProcess()).isEqualTo(agent);
        assertThat(run("stty -a < /dev/ttyS0")).isEqualTo(terminal).contains("-ixon", "-echo ", "\nisig icanon");
        assertThat(api.events(session, 0).stream().map(Api::type)).doesNotContain("notice", "error");
    }

    @Test
    void whatIsBrokenIsSaidWithWhatToDo() {
        run("mv /etc/ssl/certs /etc/ssl/certs.gone; mv /etc/resolv.conf /etc/resolv.conf.gone; date -s '+2 hours'");
        try {
            Map<String, JsonNode> checks = examine();
            for (String name : List.of("ca bundle", "name servers", "clock")) {
                assertThat(verdict(checks.get(name)))
                        .as(checks.get(name).toString())
                        .isEqualTo("fail");
                assertThat(checks.get(name).path("todo").asString()).isNotBlank();
            }
            assertThat(checks.get("ca bundle").path("seen").asString()).contains("/etc/ssl/certs/ca-certificates.crt");
            assertThat(verdict(checks.get("gateway"))).isEqualTo("ok");
        } finally {
            run("mv /etc/ssl/certs.gone /etc/ssl/certs; mv /etc/resolv.conf.gone /etc/resolv.conf; date -s '-2 hours'");
        }
    }

    @Test
    void checksThatHangAreBrokenOffAndTheNextTurnWorks() {
        run("cp /usr/local/lib/execlaw/doctor /root/doctor; echo 'sleep 600' > /usr/local/lib/execlaw/doctor");
        try {
            HttpResponse<String> answer = api.call("POST", "/sessions/" + session + "/doctor", "{}", Map.of());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(500);
            assertThat(answer.body()).contains("EXAMINATION_FAILED", "did not end within 30 s");
            api.awaitIdle(session);
        } finally {
            assertThat(run("cp /root/doctor /usr/local/lib/execlaw/doctor; echo restored"))
                    .contains("restored");
        }
    }

    @Test
    void aWorkingAgentIsNotDisturbed() {
        long before = api.lastSeq(session);
        api.send(session, "run sleep 2; echo slept");
        api.awaitState(
                session,
                "a working agent",
                Duration.ofSeconds(20),
                view -> view.path("agentState").asString().equals("working"));
        HttpResponse<String> answer = api.call("POST", "/sessions/" + session + "/doctor", "{}", Map.of());
        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.body()).contains("STATE_CONFLICT", "must be idle");
        assertThat(Api.text(api.awaitTurnEnd(session, before), "tool_result")).contains("slept");
    }

    @Test
    void theCommandShowsItAndItsStatusIsTheWorstVerdict() throws Exception {
        Map<String, String> environment = Map.of(
                "EXECLAW_TOKEN",
                product.token(),
                "EXECLAW_SERVER_LISTEN",
                product.base().getAuthority());
        CommandLineTest.Outcome outcome = CommandLineTest.run(environment, "doctor", session);
        assertThat(outcome.output()).contains("ok    gateway ", "warn  dns ", " -> nothing: it is meant so");
        assertThat(outcome.status()).isEqualTo(1);
    }
}

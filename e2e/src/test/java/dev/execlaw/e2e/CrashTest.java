package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Every part is killed once; each end is told honestly and nothing is left behind. */
class CrashTest {

    private Product product;
    private Api api;
    private String session;

    @BeforeEach
    void start(@TempDir Path directory) throws IOException {
        product = Product.start(Product.dataDirectory(directory), config());
        api = product.api();
        session = api.createReady();
    }

    /** What the server is configured with. */
    String config() {
        return "";
    }

    @AfterEach
    void stop() throws InterruptedException {
        product.close();
    }

    @Test
    void aKilledDaemonFindsItsMachinesAgain() throws IOException, InterruptedException {
        api.turn(session, "run echo before > /root/kept; echo $$ > /dev/shm/memory");
        List<JsonNode> transcript = api.events(session, 0);
        product.crash();
        assertThat(product.machineProcesses())
                .as("the machine outlives the daemon")
                .isNotEmpty();
        product.restart();
        assertThat(api.events(session, 0).subList(0, transcript.size())).isEqualTo(transcript);
        api.awaitIdle(session);
        List<JsonNode> turn = api.turn(session, "run cat /root/kept; test -e /dev/shm/memory && echo same machine");
        assertThat(Api.text(turn, "tool_result")).contains("before", "same machine");
        api.delete(session);
        assertThat(product.machineProcesses()).isEmpty();
    }

    @Test
    void aDaemonKilledInTheMiddleOfATurnMarksItHonestly() throws IOException, InterruptedException {
        long before = api.lastSeq(session);
        api.send(session, "slow 400");
        Wait.until(
                "the answer to begin",
                Duration.ofSeconds(60),
                () -> api.events(session, before).stream()
                        .anyMatch(e -> Api.type(e).equals("message")));
        product.crash();
        product.restart();
        List<JsonNode> turn = api.awaitTurnEnd(session, before);
        JsonNode end = turn.stream()
                .filter(e -> Api.type(e).equals("turn_finished"))
                .findFirst()
                .orElseThrow();
        assertThat(end.path("payload").path("reason").asString()).isEqualTo("server_restarted");
        api.awaitIdle(session);
        assertThat(Api.text(api.turn(session, "run echo again"), "tool_result")).contains("again");
    }

    @Test
    void aKilledVmmFailsTheSessionWithAReason() {
        assertThat(product.machineProcesses()).isNotEmpty();
        product.machineProcesses().forEach(ProcessHandle::destroyForcibly);
        JsonNode failed = api.awaitState(
                session,
                "the session to fail",
                Duration.ofSeconds(20),
                s -> s.path("state").asString().equals("failed"));
        assertThat(failed.path("error").path("detail").asString()).isNotBlank();
        assertThat(product.machineProcesses()).isEmpty();
        api.post("/sessions/" + session + "/start", api.object(), 202);
        api.awaitIdle(session);
        assertThat(Api.text(api.turn(session, "run echo back"), "tool_result")).contains("back");
    }

    @Test
    void aKilledAgentIsStartedAgain() {
        long before = api.lastSeq(session);
        api.send(session, "run kill -9 $PPID");
        List<JsonNode> turn = api.awaitTurnEnd(session, before);
        JsonNode end = turn.stream()
                .filter(e -> Api.type(e).equals("turn_finished"))
                .findFirst()
                .orElseThrow();
        assertThat(end.path("payload").path("reason").asString()).isEqualTo("agent_exited");
        api.awaitIdle(session);
        assertThat(Api.text(api.turn(session, "run echo alive"), "tool_result")).contains("alive");
    }

    @Test
    void aGuestThatPowersOffIsStoppedAndItsDiskStartsAgain() {
        endsItself("poweroff", "powered off");
    }

    /** The guest ends itself by this command; the session stops with this reason, and its disk starts again. */
    final void endsItself(String command, String reason) {
        api.turn(session, "run echo kept > /root/kept; sync");
        api.send(session, "run systemctl " + command);
        JsonNode stopped = api.awaitState(
                session,
                "the session to stop",
                Duration.ofSeconds(60),
                s -> s.path("state").asString().equals("stopped"));
        assertThat(stopped.toString()).contains(reason);
        assertThat(product.machineProcesses()).isEmpty();
        api.post("/sessions/" + session + "/start", api.object(), 202);
        api.awaitIdle(session);
        assertThat(Api.text(api.turn(session, "run cat /root/kept"), "tool_result"))
                .contains("kept");
    }

    @Test
    void terminationStopsMachinesAndSaysSo() throws InterruptedException, IOException {
        assertThat(product.terminate()).isIn(0, 143);
        assertThat(product.machineProcesses()).isEmpty();
        assertThat(product.log()).containsIgnoringCase("stopped");
        product.restart();
        assertThat(api.get("/sessions/" + session).path("state").asString()).isEqualTo("stopped");
    }
}

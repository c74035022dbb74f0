package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Two real machines behind TAP devices, and what they cannot do to each other and to the host. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class NetworkTest {

    private static final JsonMapper JSON = JsonMapper.shared();

    private Product product;
    private Api api;
    private String first;
    private String second;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        product = Product.start(Product.dataDirectory(directory), """
                [network]
                mode = "tap"
                prefix = "10.77.0.0/16"
                """);
        api = product.api();
        first = api.create();
        second = api.create();
        api.awaitIdle(first);
        api.awaitIdle(second);
    }

    @AfterAll
    void stop() throws InterruptedException {
        product.close();
    }

    private JsonNode network(String session) {
        return api.get("/sessions/" + session + "/network");
    }

    /** What a connection attempt of the first machine comes to, within seconds. */
    private String attempt(String address, int port) {
        String connect = "timeout 5 bash -c 'exec 3<>/dev/tcp/" + address + "/" + port + "'";
        return Api.text(api.turn(first, "run " + connect + " && echo open || echo closed"), "tool_result")
                .strip();
    }

    private static List<String> taps() throws IOException {
        return Collections.list(NetworkInterface.getNetworkInterfaces()).stream()
                .map(NetworkInterface::getName)
                .filter(name -> name.startsWith("fctap"))
                .toList();
    }

    @Test
    void theGatewayAnswersAndNothingElseOfTheHostDoes() {
        JsonNode network = network(first);
        String gateway = network.path("gateway").asString();
        assertThat(gateway).startsWith("10.77.");
        assertThat(attempt(gateway, 8787)).isEqualTo("open");
        long before = network(first).at("/traffic/droppedPackets").asLong();
        assertThat(attempt(gateway, product.base().getPort())).isEqualTo("closed");
        assertThat(attempt(network(second).path("gateway").asString(), 8787)).isEqualTo("closed");
        JsonNode after = network(first).path("traffic");
        assertThat(after.path("droppedPackets").asLong()).isGreaterThan(before);
        assertThat(after.path("sentBytes").asLong()).isPositive();
        assertThat(after.path("receivedBytes").asLong()).isPositive();
    }

    @Test
    void machinesDoNotReachEachOtherNorMetadata() {
        long before = network(first).at("/traffic/droppedPackets").asLong();
        assertThat(attempt(network(second).path("guest").asString(), 22)).isEqualTo("closed");
        assertThat(network(first).at("/traffic/droppedPackets").asLong()).isGreaterThan(before);
        // This host has no route there at all, and says so; rules for hosts that have one are tested with the network.
        assertThat(attempt("169.254.169.254", 80)).endsWith("closed");
    }

    @Test
    void aPolicyIsChangedLiveAndAWrongEntryIsNamed() {
        String path = "/sessions/" + second + "/network";
        JsonNode listed =
                JSON.readTree(api.call("PUT", path, "{\"policy\":\"allowlist\",\"allow\":[\"example.org\"]}", Map.of())
                        .body());
        assertThat(listed.path("effective").asString()).isEqualTo("allowlist");
        assertThat(listed.path("isolation").asString()).contains("the one listed destination");
        var refused = api.call(
                "PUT", path, "{\"policy\":\"allowlist\",\"allow\":[\"good.example\",\"not a name\"]}", Map.of());
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("not a name");
        assertThat(network(second).path("allow").values()).hasSize(1);
        assertThat(api.events(second, 0)).anyMatch(event -> Api.type(event).equals("network"));
        // Its gateway stays in reach, so the next turn is answered.
        assertThat(Api.text(api.turn(second, "run echo answered"), "tool_result"))
                .contains("answered");
    }

    @Test
    void aKilledDaemonFindsTheNetworkAgainAndADeletionLeavesNothing() throws Exception {
        String third = api.createReady();
        String tap = "fctap2";
        assertThat(taps()).contains(tap);
        product.crash();
        assertThat(taps()).contains(tap);
        product.restart();
        api.awaitIdle(third);
        assertThat(Api.text(api.turn(third, "run echo again"), "tool_result")).contains("again");
        api.delete(third);
        assertThat(taps()).doesNotContain(tap).hasSize(2);
        Wait.until(
                "the two others to be idle again",
                Duration.ofSeconds(60),
                () -> api.get("/sessions").path("sessions").values().stream()
                        .allMatch(
                                session -> session.path("agentState").asString().equals("idle")));
    }
}

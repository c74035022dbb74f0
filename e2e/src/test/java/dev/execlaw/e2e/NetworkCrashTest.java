package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The daemon is killed while networks are made and removed; the next one leaves exactly what its sessions have. */
final class NetworkCrashTest {

    private Product product;
    private Api api;

    @BeforeEach
    void start(@TempDir Path directory) throws IOException {
        product = Product.start(directory);
        api = product.api();
    }

    @AfterEach
    void stop() throws InterruptedException {
        product.close();
    }

    @Test
    void whatIsThereAfterEachCrashIsWhatTheSessionsHave() throws Exception {
        String atOnce = api.create();
        crashWhen("the session is known", () -> true);
        agree();
        String withTap = api.create();
        crashWhen("a device is there", () -> !taps().isEmpty());
        agree();
        String running = api.create();
        crashWhen(
                "its machine was noted", () -> told(running).stream().anyMatch(Set.of("booting", "running")::contains));
        agree();
        api.awaitIdle(running);

        for (String session : List.of(atOnce, withTap, running)) {
            Thread deletion = Thread.ofVirtual().start(() -> {
                try {
                    api.delete(session);
                } catch (AssertionError _) {
                    // The daemon is killed while it answers, or before.
                }
            });
            crashWhen("the deletion is under way", () -> !state(session).equals("running") || !deletion.isAlive());
            deletion.join(Duration.ofSeconds(30));
            agree();
        }
        api.get("/sessions")
                .path("sessions")
                .forEach(left -> api.delete(left.path("id").asString()));
        assertThat(taps()).isEmpty();
        assertThat(rules()).doesNotContain("fctap");
        assertThat(product.machineProcesses()).isEmpty();
    }

    private void crashWhen(String what, Callable<Boolean> moment) throws IOException, InterruptedException {
        Wait.until(what, Duration.ofSeconds(60), moment);
        product.crash();
        product.restart();
    }

    /** Waits until every session runs or has ended, and only those that run have a device and rules. */
    private void agree() {
        Wait.until(
                "sessions to run or to have ended",
                Duration.ofMinutes(2),
                () -> sessions().stream()
                        .allMatch(session -> List.of("running", "stopped", "failed")
                                        .contains(state(session))
                                && !session.path("agentState").asString().equals("starting")));
        List<JsonNode> running = sessions().stream()
                .filter(session -> state(session).equals("running"))
                .toList();
        Wait.until(
                "devices of the running sessions and no others: " + running,
                Duration.ofSeconds(90),
                () -> taps().size() == running.size());
        for (String tap : taps()) {
            assertThat(rules()).contains('"' + tap + '"');
        }
    }

    private List<JsonNode> sessions() {
        return List.copyOf(api.get("/sessions").path("sessions").values());
    }

    private static String state(JsonNode session) {
        return session.path("state").asString();
    }

    /** The session's state; empty when it is gone, or nobody answers. */
    private String state(String session) {
        try {
            var answer = api.call("GET", "/sessions/" + session, null, Map.of());
            return answer.statusCode() == 200 ? state(api.get("/sessions/" + session)) : "";
        } catch (AssertionError _) {
            return ""; // it went between the two calls
        }
    }

    /** States of which a session's log tells, whose events are there for the next daemon, with all that was noted before. */
    private List<String> told(String session) {
        return api.events(session, 0).stream()
                .filter(event -> Api.type(event).equals("session"))
                .map(event -> state(event.path("payload").path("session")))
                .toList();
    }

    private static List<String> taps() {
        try {
            return Collections.list(NetworkInterface.getNetworkInterfaces()).stream()
                    .map(NetworkInterface::getName)
                    .filter(name -> name.startsWith("fctap"))
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String rules() {
        try {
            Process nft = new ProcessBuilder("nft", "-j", "list", "ruleset")
                    .redirectErrorStream(true)
                    .start();
            String text = new String(nft.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!nft.waitFor(20, TimeUnit.SECONDS) || nft.exitValue() != 0) {
                throw new AssertionError("nft: " + text);
            }
            return text;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}

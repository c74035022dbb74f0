package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A session from its creation to its deletion, on a real machine that is booted once for the whole class: as a fresh
 * server runs it, by QEMU and with a network of its own. Subclasses run the same otherwise.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FirstLightTest {

    private Product product;
    private Api api;
    private String session;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        product = Product.start(Product.dataDirectory(directory), config());
        api = product.api();
        session = api.createReady();
    }

    /** What the server is configured with. */
    String config() {
        return "";
    }

    /** The running server. */
    final Product product() {
        return product;
    }

    /** The session that the class works with. */
    final String session() {
        return session;
    }

    @AfterAll
    void stop() throws InterruptedException {
        product.close();
    }

    @Test
    void everyStepOfTheBootIsInTheTimeline() {
        JsonNode boot = api.get("/sessions/" + session).path("boot");
        assertThat(boot.values().stream().map(step -> step.path("step").asString()))
                .containsExactly("admit", "disk", "network", "vmm", "kernel", "guest", "agent", "model", "ready");
        assertThat(boot.values().stream()
                        .mapToLong(step -> step.path("ms").asLong())
                        .sum())
                .isPositive();
    }

    @Test
    void commandsRunInsideTheGuest() throws IOException {
        List<JsonNode> turn = api.turn(session, "run uname -r; echo $((6*7))");
        String output = Api.text(turn, "tool_result");
        assertThat(output)
                .contains("42")
                .doesNotContain(
                        Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip());
        assertThat(output.lines().findFirst()).hasValue(guestKernelVersion());
        JsonNode call = turn.stream()
                .filter(e -> Api.type(e).equals("tool_call"))
                .findFirst()
                .orElseThrow();
        assertThat(call.path("payload").path("name").asString()).isEqualTo("shell");
        JsonNode result = turn.stream()
                .filter(e -> Api.type(e).equals("tool_result"))
                .findFirst()
                .orElseThrow();
        assertThat(result.path("payload").path("status").asString()).isEqualTo("ok");
        assertThat(result.path("payload").path("id"))
                .isEqualTo(call.path("payload").path("id"));
        assertThat(turn.getLast().path("payload").path("reason").asString("")).isIn("completed", "");
    }

    @Test
    void aFailingCommandTellsItsExitCode() {
        List<JsonNode> turn = api.turn(session, "run exit 3");
        JsonNode result = turn.stream()
                .filter(e -> Api.type(e).equals("tool_result"))
                .findFirst()
                .orElseThrow();
        assertThat(result.path("payload").path("status").asString()).isEqualTo("error");
        assertThat(result.path("payload").path("exitCode").asInt()).isEqualTo(3);
    }

    @Test
    void aLongMessageWithControlCharactersArrivesIntact() {
        String control =
                IntStream.rangeClosed(1, 31).mapToObj(Character::toString).reduce("", String::concat);
        String text = control + "\uD83E\uDD9E\n[x] line\nexit\n" + "y".repeat(100_000) + "\nlast line";
        long before = api.lastSeq(session);
        api.send(session, text);
        List<JsonNode> turn = api.awaitTurnEnd(session, before);
        assertThat(turn.stream()
                        .filter(e -> Api.type(e).equals("user_message"))
                        .findFirst()
                        .orElseThrow()
                        .path("payload")
                        .path("text")
                        .asString())
                .isEqualTo(text);
        // The demo model says how long the message was that reached it, after the agent and the gateway.
        assertThat(Api.text(turn, "message"))
                .contains("received " + text.codePointCount(0, text.length()) + " characters");
    }

    @Test
    void theLogHasNoGaps() {
        api.turn(session, "long 200");
        List<Long> seqs =
                api.events(session, 0).stream().map(e -> e.path("seq").asLong()).toList();
        assertThat(seqs)
                .isEqualTo(LongStream.rangeClosed(1, seqs.size()).boxed().toList());
    }

    @Test
    void aDroppedStreamGoesOnWithoutLossOrDuplicate() {
        long before = api.lastSeq(session);
        List<EventStream.Frame> first;
        String resumeAt;
        try (EventStream stream = new EventStream(api, "")) {
            api.send(session, "slow 40");
            Wait.until(
                    "some of the answer",
                    Duration.ofSeconds(60),
                    () -> stream.events(session).stream()
                            .anyMatch(frame -> Api.type(frame.data()).equals("message")));
            first = stream.events(session);
            resumeAt = first.getLast().id();
        }
        api.awaitTurnEnd(session, before);
        try (EventStream stream = new EventStream(api, resumeAt)) {
            Wait.until(
                    "the end of the turn in the second stream",
                    Duration.ofSeconds(30),
                    () -> stream.events(session).stream()
                            .anyMatch(frame -> Api.type(frame.data()).equals("turn_finished")));
            List<JsonNode> streamed = Stream.concat(first.stream(), stream.events(session).stream())
                    .map(EventStream.Frame::data)
                    .toList();
            List<JsonNode> logged = api.events(session, before);
            assertThat(streamed.subList(0, Math.min(streamed.size(), logged.size())))
                    .isEqualTo(logged);
        }
    }

    @Test
    void stopEndsTheTurnAndKillsTheTool() {
        long before = api.lastSeq(session);
        api.send(session, "run sleep 300");
        Wait.until(
                "the tool call",
                Duration.ofSeconds(60),
                () -> api.events(session, before).stream()
                        .anyMatch(e -> Api.type(e).equals("tool_call")));
        api.post("/sessions/" + session + "/interrupt", api.object(), 202);
        List<JsonNode> turn = api.awaitTurnEnd(session, before);
        JsonNode end = turn.stream()
                .filter(e -> Api.type(e).equals("turn_finished"))
                .findFirst()
                .orElseThrow();
        assertThat(end.path("payload").path("reason").asString()).isEqualTo("stopped");
        assertThat(Api.text(api.turn(session, "run pgrep -c sleep || true"), "tool_result"))
                .startsWith("0");
    }

    @Test
    void messagesSentWhileBusyAreQueuedAndAnsweredInOrder() {
        long before = api.lastSeq(session);
        api.send(session, "slow 20");
        api.send(session, "run echo second");
        api.send(session, "run echo third");
        Wait.until(
                "three ends of turns",
                Duration.ofSeconds(90),
                () -> api.events(session, before).stream()
                                .filter(e -> Api.type(e).equals("turn_finished"))
                                .count()
                        == 3);
        List<JsonNode> events = api.events(session, before);
        List<String> started = payloads(events, "turn_started", "message");
        assertThat(started).isEqualTo(payloads(events, "user_message", "id"));
        assertThat(Api.text(events, "tool_result")).containsSubsequence("second", "third");
    }

    @Test
    void deletingLeavesNothing() throws IOException {
        String other = api.createReady();
        assertThat(product.machineProcesses()).isNotEmpty();
        api.delete(other);
        assertThat(product.machineProcesses()).noneMatch(process -> names(process, other));
        try (Stream<Path> tree = Files.walk(product.dataDirectory())) {
            assertThat(tree.filter(path -> path.toString().contains(other))).isEmpty();
        }
        assertThat(api.call("GET", "/sessions/" + other, null, java.util.Map.of())
                        .statusCode())
                .isEqualTo(404);
        assertThat(api.get("/sessions").path("sessions").values().stream()
                        .map(s -> s.path("id").asString()))
                .doesNotContain(other)
                .contains(session);
    }

    private static List<String> payloads(List<JsonNode> events, String type, String field) {
        return events.stream()
                .filter(e -> Api.type(e).equals(type))
                .map(e -> e.path("payload").path(field).asString())
                .toList();
    }

    private static boolean names(ProcessHandle process, String session) {
        return Hosts.tells(process.pid(), session);
    }

    /** The version in the header of the image's kernel: a pointer at 0x20e, relative to 0x200 (boot protocol 2.00). */
    private String guestKernelVersion() throws IOException {
        try (Stream<Path> tree = Files.walk(product.dataDirectory().resolve("images"))) {
            Path kernel = tree.filter(path -> path.getFileName().toString().equals("kernel"))
                    .findFirst()
                    .orElseThrow();
            byte[] image = Files.readAllBytes(kernel);
            int offset = 0x200 + (image[0x20e] & 0xff) + ((image[0x20f] & 0xff) << 8);
            StringBuilder version = new StringBuilder();
            for (int i = offset; image[i] != ' ' && image[i] != 0; i++) {
                version.append((char) image[i]);
            }
            return version.toString();
        }
    }
}

package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Sessions that are cloned, sleep, wake, go back and fork, on real machines. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InstantTest {

    private static final Duration TEMPLATE = Duration.ofMinutes(5);

    private Product product;
    private Api api;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        product = Product.instant(Product.dataDirectory(directory), config());
        api = product.api();
        Wait.until("a session that is a clone of a template", TEMPLATE, () -> {
            String id = api.createReady();
            boolean cloned = steps(id).contains("clone");
            api.delete(id);
            return cloned;
        });
    }

    @AfterAll
    void stop() throws InterruptedException {
        product.close();
    }

    /** What the product is configured with. */
    String config() {
        return "";
    }

    /** How many sessions are compared with each other. */
    int clones() {
        return 20;
    }

    private List<String> steps(String id) {
        return StreamSupport.stream(api.get("/sessions/" + id).path("boot").spliterator(), false)
                .map(step -> step.path("step").asString())
                .toList();
    }

    private String run(String id, String command) {
        return Api.text(api.turn(id, "run " + command), "tool_result").strip();
    }

    private JsonNode post(String id, String verb, ObjectNode body, int status) {
        return api.post("/sessions/" + id + "/" + verb, body, status);
    }

    private List<JsonNode> checkpoints(String id, String kind) {
        return StreamSupport.stream(
                        api.get("/sessions/" + id + "/checkpoints")
                                .path("checkpoints")
                                .spliterator(),
                        false)
                .filter(point -> point.path("kind").asString().equals(kind))
                .toList();
    }

    /** A turn's checkpoint is made when the turn is over, and told when it is made. */
    private long lastTurn(String id) {
        long finished = api.events(id, 0).stream()
                .filter(event -> Api.type(event).equals("turn_finished"))
                .mapToLong(event -> event.path("seq").asLong())
                .max()
                .orElseThrow();
        Wait.until(
                "the checkpoint of the turn that ended at " + finished,
                Duration.ofSeconds(20),
                () -> checkpoints(id, "turn").stream()
                        .anyMatch(point -> point.path("seq").asLong() == finished));
        return finished;
    }

    @Test
    void clonesAreSomebodyElseEach() throws IOException {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < clones(); i++) {
            ids.add(api.createReady());
        }
        Set<Map.Entry<String, String>> all = new HashSet<>();
        List<Duration> skews = new ArrayList<>();
        for (String id : ids) {
            assertThat(steps(id)).contains("clone", "wake");
            CloneIdentity identity = CloneIdentity.of(api, id);
            assertThat(identity.told())
                    .containsOnlyKeys(
                            "hostname",
                            "machine-id",
                            "boot-id",
                            "host-key",
                            "mac",
                            "address",
                            "getrandom",
                            "uuid",
                            "sequence-number",
                            "tls-random");
            for (Map.Entry<String, String> field : identity.told().entrySet()) {
                assertThat(field.getValue()).as(field.getKey()).isNotBlank();
                assertThat(all.add(field)).as("no other clone has " + field).isTrue();
            }
            skews.add(identity.skew());
        }
        // The message with the time has a way to the guest, and how long that may be at worst depends on the host's
        // load.
        List<Duration> sorted = skews.stream().sorted().toList();
        assertThat(sorted.get(sorted.size() / 2)).as("clocks: " + sorted).isLessThan(Duration.ofMillis(50));
        assertThat(sorted.getLast()).as("clocks: " + sorted).isLessThan(Duration.ofSeconds(2));
        ids.forEach(api::delete);
    }

    @Test
    void whatRunsGoesOnAfterASleep() throws Exception {
        String id = api.createReady();
        run(
                id,
                "head -c 300000 /dev/urandom > /root/data; setsid sh -c 'n=0; while :; do n=$((n+1)); echo $n > /tmp/n;"
                        + " sleep 0.2; done' > /dev/null 2>&1 < /dev/null & echo begun");
        String before = run(id, "md5sum < /root/data; cat /tmp/n");
        lastTurn(id);
        assertThat(post(id, "pause", api.object(), 200).path("state").asString())
                .isEqualTo("paused");
        assertThat(product.machineProcesses())
                .noneMatch(process -> process.info().commandLine().orElse("").contains(id));

        product.terminate();
        product.restart();
        assertThat(api.get("/sessions/" + id).path("state").asString()).isEqualTo("paused");

        String after = run(id, "md5sum < /root/data; cat /tmp/n");
        List<String> lines = after.lines().toList();
        assertThat(lines.getFirst()).isEqualTo(before.lines().findFirst().orElseThrow());
        int counted = Integer.parseInt(lines.getLast());
        Wait.until(
                "the guest's own process to go on counting",
                Duration.ofSeconds(20),
                () -> Integer.parseInt(run(id, "cat /tmp/n")) > counted);
        api.delete(id);
    }

    @Test
    void machineAndConversationGoBackTogether() {
        String id = api.createReady();
        run(id, "echo one > /root/f");
        long one = lastTurn(id);
        run(id, "echo two > /root/f; rm -rf /etc/ssh; sync");
        long two = lastTurn(id);

        JsonNode back = post(id, "rewind", api.object().put("seq", one), 200);
        assertThat(back.path("agentState").asString()).isEqualTo("idle");
        assertThat(back.path("undone").size()).isEqualTo(1);
        assertThat(run(id, "cat /root/f; ls /etc/ssh/sshd_config")).isEqualTo("one\n/etc/ssh/sshd_config");

        post(id, "rewind", api.object().put("seq", two), 200);
        assertThat(run(id, "cat /root/f; ls -d /etc/ssh || echo gone"))
                .startsWith("two")
                .contains("gone");

        JsonNode refused = post(id, "rewind", api.object().put("seq", 1), 400);
        assertThat(refused.path("next").asString()).contains(String.valueOf(two));
        api.delete(id);
    }

    @Test
    void forksAreOthersWithTheSamePast() {
        String id = api.createReady();
        run(id, "echo common > /root/f");
        lastTurn(id);
        JsonNode forks = post(id, "fork", api.object().put("count", 3), 201).path("sessions");
        assertThat(forks.size()).isEqualTo(3);
        Set<String> names = new HashSet<>(List.of(run(id, "hostname")));
        for (JsonNode fork : forks) {
            String other = fork.path("id").asString();
            assertThat(fork.path("origin").path("session").asString()).isEqualTo(id);
            api.awaitIdle(other);
            assertThat(names.add(run(other, "hostname"))).isTrue();
            assertThat(run(other, "cat /root/f; echo " + other + " >> /root/f")).isEqualTo("common");
        }
        assertThat(run(id, "cat /root/f")).isEqualTo("common");

        // What a fork has is its own, also when its source is gone.
        api.delete(id);
        String other = forks.path(0).path("id").asString();
        post(other, "pause", api.object(), 200);
        assertThat(run(other, "cat /root/f")).isEqualTo("common\n" + other);
        forks.forEach(fork -> api.delete(fork.path("id").asString()));
    }

    @Test
    void whatChangedOnTheDiskIsTold() {
        String id = api.createReady();
        run(id, "echo hello > /root/new; echo more >> /etc/profile");
        lastTurn(id);
        JsonNode diff = api.get("/sessions/" + id + "/diff");
        List<String> changes = StreamSupport.stream(diff.path("files").spliterator(), false)
                .map(file ->
                        file.path("change").asString() + " " + file.path("path").asString())
                .toList();
        assertThat(changes).contains("added /root/new", "modified /etc/profile");
        assertThat(diff.path("patch").asString()).contains("+hello", "+more");
        api.delete(id);
    }

    @Test
    void aSessionThatSleptIsStartedAgainFromItsDisk() {
        String id = api.createReady();
        run(id, "echo kept > /root/f; sync");
        lastTurn(id);
        post(id, "pause", api.object(), 200);
        post(id, "stop", api.object(), 202);
        api.awaitState(
                id,
                "the end of the machine",
                Duration.ofSeconds(60),
                session -> session.path("state").asString().equals("stopped"));
        post(id, "start", api.object(), 202);
        api.awaitIdle(id);
        assertThat(run(id, "cat /root/f; echo other > /root/f; sync")).isEqualTo("kept");
        lastTurn(id);

        // What it slept as is as it was, though the session went on from that disk.
        long slept = checkpoints(id, "pause").getFirst().path("seq").asLong();
        post(id, "rewind", api.object().put("seq", slept), 200);
        assertThat(run(id, "echo 3 > /proc/sys/vm/drop_caches; cat /root/f")).isEqualTo("kept");
        api.delete(id);
    }
}

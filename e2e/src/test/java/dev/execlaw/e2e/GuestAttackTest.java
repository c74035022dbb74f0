package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A real machine attacks its gateway from inside, with all that its root can do. It is refused within bounds, the refusals
 * are counted, the server's memory stays as it is, and a neighbour has its turns answered all the while.
 */
class GuestAttackTest {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Duration LIMIT = Duration.ofMinutes(6);
    /** What the heap may have and Java takes beside it. */
    private static final long MOST_KIB = 1_000_000;
    /** The largest body, and what lies in the buffers of both ends. */
    private static final long MOST_SENT = 96L << 20;

    private Product product;
    private Api api;
    private String attacker;
    private String neighbour;

    @BeforeEach
    void start(@TempDir Path directory) throws IOException {
        product = Product.start(Product.dataDirectory(directory), """
                [network]
                mode = "tap"
                prefix = "10.78.0.0/16"
                """);
        api = product.api();
        attacker = api.create();
        neighbour = api.create();
        api.awaitIdle(attacker);
        api.awaitIdle(neighbour);
    }

    @AfterEach
    void stop() throws InterruptedException {
        product.close();
    }

    private String exec(String command, String stdin) {
        ObjectNode body = api.object().put("command", command).put("stdin", stdin);
        JsonNode answer = api.post("/sessions/" + attacker + "/exec", body, 200);
        assertThat(answer.path("status").asInt(-1)).as(answer.toString()).isZero();
        return answer.path("stdout").asString();
    }

    private Map<String, JsonNode> found() {
        Map<String, JsonNode> found = new LinkedHashMap<>();
        exec("cat /root/attack.out", "").lines().forEach(line -> {
            assertThat(line).as("what the attack says").startsWith("{");
            JsonNode one = JSON.readTree(line);
            found.put(one.path("attack").asString(), one);
        });
        return found;
    }

    /** Milliseconds of the neighbour's turns until the attack is over. */
    private List<Long> talk(AtomicBoolean over) {
        List<Long> times = new ArrayList<>();
        while (!over.get() || times.size() < 3) {
            long begin = System.nanoTime();
            assertThat(Api.text(api.turn(neighbour, "run echo $((6 * 7))"), "tool_result"))
                    .startsWith("42");
            times.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
        }
        return times;
    }

    /** Resident memory. */
    private static long residentKiB(ProcessHandle process) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException _) {
            return 0; // it has ended meanwhile
        }
    }

    @Test
    void itIsRefusedAndCountedAndNoNeighbourFeelsIt() throws Exception {
        List<Long> before = talk(new AtomicBoolean(true));
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("attack.py"))) {
            exec("cat > /root/attack.py", new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<List<Long>> talking = CompletableFuture.supplyAsync(() -> talk(over));
        long most = 0;
        try {
            exec("setsid python3 /root/attack.py " + neighbour + " > /root/attack.out 2>&1 < /dev/null &", "");
            long[] peak = {0};
            Wait.until("the end of the attack", LIMIT, () -> {
                peak[0] = Math.max(peak[0], residentKiB(product.daemon()));
                return found().containsKey("done");
            });
            most = peak[0];
        } finally {
            over.set(true);
        }
        List<Long> during = talking.get(2, TimeUnit.MINUTES);
        Map<String, JsonNode> found = found();
        System.out.println("the neighbour's turns, ms: before " + before + ", during " + during + "; server at most "
                + most + " KiB; " + found.values());
        assertThat(found.get("wrong tokens").path("status").toString()).isEqualTo("[401]");
        assertThat(found.get("no token").path("status").asInt()).isEqualTo(401);
        assertThat(found.get("another session").path("status").asInt()).isEqualTo(401);
        assertThat(found.get("header bomb").path("status").asInt()).isIn(431, 0);
        assertThat(found.get("no JSON").path("status").asInt()).isEqualTo(400);
        assertThat(found.get("no UTF-8").path("status").asInt()).isEqualTo(400);
        assertThat(found.get("values").path("status").asInt()).isEqualTo(413);
        assertThat(found.get("a gigabyte").path("sent").asLong()).isLessThan(MOST_SENT);
        assertThat(found.get("a gigabyte in chunks").path("sent").asLong()).isLessThan(MOST_SENT);
        assertThat(found.get("connections").path("kept").asInt()).isLessThanOrEqualTo(32);
        assertThat(found.get("endless answers").path("status").toString()).contains("200", "429");
        assertThat(found.get("slow senders").path("heads").asInt()).isEqualTo(12);
        assertThat(found.get("slow senders").path("bodies").asInt()).isEqualTo(12);
        assertThat(found.get("afterwards").path("status").asInt()).isEqualTo(200);
        assertThat(api.get("/system").path("refusals").propertyNames())
                .contains(
                        "invalid_token",
                        "bad_http",
                        "invalid_json",
                        "body_too_complex",
                        "body_too_large",
                        "too_many_connections",
                        "too_many_calls",
                        "too_slow");
        assertThat(most).as("KiB of the server").isPositive().isLessThan(MOST_KIB);
        // The two share the host's processors; that turns are answered at all, and soon, is what must hold.
        assertThat(during.get((during.size() - 1) / 2))
                .as("median of the neighbour's turns, before: %s, during: %s", before, during)
                .isLessThan(5_000 + 5 * Collections.max(before));
        assertThat(Api.text(api.turn(attacker, "run echo alive"), "tool_result"))
                .startsWith("alive");
    }
}

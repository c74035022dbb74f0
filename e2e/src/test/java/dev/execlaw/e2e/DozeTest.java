package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A real machine whose vCPUs stand still while nobody needs it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DozeTest {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** How long it is looked at; long enough that a clock that stood still meanwhile is seen to be wrong. */
    private static final Duration STILL = Duration.ofSeconds(6);

    private Product product;
    private Api api;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        product = Product.start(Product.dataDirectory(directory), "[session]\ndoze_after_s = 2\n");
        api = product.api();
    }

    @AfterAll
    void stop() throws InterruptedException {
        product.close();
    }

    private record Sample(long at, Duration cpu) {}

    private ProcessHandle vmm(String id) {
        return product.machineProcesses().stream()
                .filter(process -> process.info().commandLine().orElse("").contains(id))
                .filter(process -> process.info().command().orElse("").contains("qemu"))
                .findFirst()
                .orElseThrow();
    }

    /** Waits until the VMM has taken no more than a hundredth of a processor for a while. */
    private void untilStill(String id) {
        ProcessHandle vmm = vmm(id);
        Deque<Sample> samples = new ArrayDeque<>();
        Wait.until("the vCPUs of " + id + " to stand still", LIMIT, () -> {
            Sample now =
                    new Sample(System.nanoTime(), vmm.info().totalCpuDuration().orElseThrow());
            while (!samples.isEmpty()
                    && now.cpu().minus(samples.getFirst().cpu()).toMillis() > STILL.toMillis() / 100) {
                samples.removeFirst();
            }
            samples.addLast(now);
            return now.at() - samples.getFirst().at() > STILL.toNanos();
        });
    }

    private String exec(String id, String command) {
        return api.post("/sessions/" + id + "/exec", api.object().put("command", command), 200)
                .path("stdout")
                .asString()
                .strip();
    }

    @Test
    void itTakesNoProcessorAndGoesOnWithTheRightTimeAtACommandOrAMessage() {
        String id = api.createReady();
        untilStill(id);
        assertThat(api.get("/sessions/" + id).path("state").asString()).isEqualTo("running");
        assertThat(Math.abs(Long.parseLong(exec(id, "date +%s")) - System.currentTimeMillis() / 1000))
                .as("seconds between guest and host")
                .isLessThan(3);

        untilStill(id);
        String told = Api.text(api.turn(id, "run date +%s"), "tool_result").strip();
        assertThat(Math.abs(Long.parseLong(told) - System.currentTimeMillis() / 1000))
                .as("seconds between guest and host")
                .isLessThan(4);

        untilStill(id);
        assertThat(exec(id, "sleep 5; echo there")).isEqualTo("there");
        api.delete(id);
    }

    @Test
    void aTurnThatHasWokenItIsStoppedAsAnyOther() {
        String id = api.createReady();
        for (String message : List.of("run sleep 4715", "slow 5 600")) {
            untilStill(id);
            long before = api.lastSeq(id);
            api.send(id, message);
            Wait.until(
                    "the turn at work",
                    LIMIT,
                    () -> api.events(id, before).stream()
                            .anyMatch(event -> Api.type(event).equals("tool_call")
                                    || Api.type(event).equals("message")));
            api.post("/sessions/" + id + "/interrupt", api.object(), 202);
            assertThat(api.awaitTurnEnd(id, before).stream()
                            .filter(event -> Api.type(event).equals("turn_finished"))
                            .map(event -> event.path("payload").path("reason").asString()))
                    .containsExactly("stopped");
            assertThat(exec(id, "pgrep -c sleep")).isEqualTo("0");
        }
        api.delete(id);
    }

    @Test
    void itIsAdoptedFromItsDozeAfterACrash() throws Exception {
        String id = api.createReady();
        untilStill(id);
        product.crash();
        product.restart();
        api.awaitIdle(id);
        String told = exec(id, "date +%s");
        assertThat(Math.abs(Long.parseLong(told) - System.currentTimeMillis() / 1000))
                .as(() -> "seconds between guest and host; its events: " + api.events(id, 0))
                .isLessThan(3);
        api.delete(id);
    }
}

package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines that are ready before anybody asks, through the front door. */
class PooledTest {

    private static final Duration FULL = Duration.ofMinutes(3);

    private static List<String> steps(Api api, String id) {
        return StreamSupport.stream(api.get("/sessions/" + id).path("boot").spliterator(), false)
                .map(step -> step.path("step").asString())
                .toList();
    }

    private static String run(Api api, String id, String command) {
        return Api.text(api.turn(id, "run " + command), "tool_result").strip();
    }

    @Test
    void sessionsGetMachinesThatAreThereAndACrashLeavesNoneOfThem(@TempDir Path directory)
            throws IOException, InterruptedException {
        Path data = Product.dataDirectory(directory);
        try (Product product = Product.pooled(data)) {
            Api api = product.api();
            Wait.until("a session from the pool", FULL, () -> {
                String id = api.createReady();
                boolean pooled = steps(api, id).contains("pool");
                api.delete(id);
                return pooled;
            });
            Set<String> told = new HashSet<>();
            for (int i = 0; i < 3; i++) {
                String id = api.createReady();
                assertThat(steps(api, id)).startsWith("pool", "network").contains("agent", "ready");
                assertThat(told.add(run(api, id, "hostname; cat /etc/machine-id /proc/sys/kernel/random/boot_id")))
                        .isTrue();
                assertThat(run(api, id, "hostname")).isEqualTo("nullclaw-" + id);
            }
            product.crash();
            product.restart();
            Set<String> sessions = new HashSet<>();
            api.get("/sessions")
                    .path("sessions")
                    .forEach(session -> sessions.add(session.path("id").asString()));
            assertThat(sessions).hasSize(3);
            for (String id : sessions) {
                api.awaitIdle(id);
                assertThat(run(api, id, "hostname")).isEqualTo("nullclaw-" + id);
                api.delete(id);
            }
        }
        assertThat(data.resolve("machines")).isEmptyDirectory();
        assertThat(data.resolve("run")).isEmptyDirectory();
    }
}

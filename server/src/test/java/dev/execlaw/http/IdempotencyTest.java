package dev.execlaw.http;

import static dev.execlaw.http.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class IdempotencyTest {

    private TestServer server;
    private String id;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.start();
        id = server.session();
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private HttpRequest.Builder request(String path, String key, String body) {
        return server.api(path)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString(body));
    }

    @Test
    void theSameRequestAgainHappensOnce() throws Exception {
        var first = server.send(request("/sessions", "k", "{\"provider\":\"demo\"}"));
        var again = server.send(request("/sessions", "k", "{\"provider\":\"demo\"}"));
        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(again.statusCode()).isEqualTo(201);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(server.sessions.list()).hasSize(2);
    }

    @Test
    void anotherBodyIsRefused() throws Exception {
        server.send(request("/sessions", "k", "{\"provider\":\"demo\"}"));
        var other = server.send(request("/sessions", "k", "{\"provider\":\"demo\",\"name\":\"x\"}"));
        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(json(other).get("code").stringValue()).isEqualTo("IDEMPOTENCY_CONFLICT");
    }

    @Test
    void keysCountWithinOnePath() throws Exception {
        assertThat(server.send(request("/sessions", "k", "{\"provider\":\"demo\"}"))
                        .statusCode())
                .isEqualTo(201);
        assertThat(server.send(request("/sessions/" + id + "/messages", "k", "{\"text\":\"a\"}"))
                        .statusCode())
                .isEqualTo(202);
    }

    @Test
    void whatWasRefusedIsTriedAnew() throws Exception {
        var refused = server.send(request("/sessions/" + id + "/start", "k", ""));
        assertThat(refused.statusCode()).isEqualTo(409);
        server.sessions.stop(id);
        assertThat(server.send(request("/sessions/" + id + "/start", "k", "")).statusCode())
                .isEqualTo(202);
    }

    @Test
    void concurrentDuplicatesWaitForTheFirst() throws Exception {
        server.sessions.hold = new CountDownLatch(1);
        List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(server.client.sendAsync(
                    request("/sessions/" + id + "/messages", "k", "{\"text\":\"once\"}")
                            .build(),
                    HttpResponse.BodyHandlers.ofString()));
        }
        server.sessions.hold.countDown();
        for (var response : all) {
            assertThat(response.get().body()).isEqualTo("{\"messageId\":\"m1\",\"state\":\"queued\"}");
        }
        assertThat(server.sessions.posted).containsExactly("once");
    }

    @Test
    void oddKeysAreRefused() throws Exception {
        assertThat(server.send(request("/sessions", "k".repeat(201), "{}")).statusCode())
                .isEqualTo(400);
        assertThat(server.send(request("/sessions", "a b", "{}")).statusCode()).isEqualTo(400);
    }

    @Test
    void theStoreForgetsInTimeAndInSize() {
        Instant[] now = {Instant.EPOCH};
        MemoryIdempotencyStore store = new MemoryIdempotencyStore(() -> now[0]);
        store.keep("a", kept("x", now[0].plusSeconds(10)));
        assertThat(store.find("a")).isPresent();
        now[0] = now[0].plus(Duration.ofSeconds(10));
        assertThat(store.find("a")).isEmpty();
        for (int i = 0; i < 12; i++) {
            store.keep("large" + i, kept("y".repeat(1 << 20), now[0].plusSeconds(10)));
        }
        assertThat(store.find("large0")).isEmpty();
        assertThat(store.find("large11")).isPresent();
        for (int i = 0; i <= MemoryIdempotencyStore.ENTRIES; i++) {
            store.keep("small" + i, kept("", now[0].plusSeconds(10)));
        }
        assertThat(store.find("small0")).isEmpty();
        assertThat(store.find("small1")).isPresent();
    }

    private static IdempotencyStore.Kept kept(String body, Instant until) {
        return new IdempotencyStore.Kept("r", 200, "application/json", body, until);
    }

    @Test
    void anErrorReachesTheDuplicatesToo() throws Exception {
        Idempotency idempotency = new Idempotency(new MemoryIdempotencyStore(), Instant::now);
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<Throwable> first = attempt(() -> idempotency.once("k", "s", new byte[0], () -> {
            running.countDown();
            await(go);
            throw new AssertionError("planned");
        }));
        running.await();
        CompletableFuture<Throwable> second =
                attempt(() -> idempotency.once("k", "s", new byte[0], () -> Reply.nothing(204)));
        go.countDown();
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> first.isDone() && second.isDone());
        assertThat(first.get()).hasMessageContaining("failed");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface Attempt {
        Reply make() throws Exception;
    }

    private static CompletableFuture<Throwable> attempt(Attempt attempt) {
        CompletableFuture<Throwable> result = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                attempt.make();
                result.complete(new IllegalStateException("it did not fail"));
            } catch (Throwable e) {
                result.complete(e);
            }
        });
        return result;
    }
}

package dev.execlaw.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.event.EventPayload;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EventStreamTest {

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = new TestServer(TestServer.settings(draft -> {
            draft.heartbeat = Duration.ofMillis(200);
            return draft;
        }));
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private void note(String text) {
        server.log.append("s1", new EventPayload.Notice(text));
    }

    @Test
    void aNewViewerStartsAtTheHead() throws Exception {
        note("before");
        try (SseClient viewer = new SseClient(server, "")) {
            assertThat(viewer.status).isEqualTo(200);
            assertThat(viewer.headers)
                    .containsEntry("content-type", "text/event-stream")
                    .containsEntry("cache-control", "no-store, no-transform")
                    .containsEntry("x-accel-buffering", "no")
                    .doesNotContainKey("content-encoding");
            SseClient.Frame first = viewer.next();
            assertThat(first.event()).isEqualTo("hb");
            assertThat(first.data().get("head").longValue()).isEqualTo(1);
            assertThat(first.data().get("time").stringValue()).isNotEmpty();
            assertThat(first.id()).isEqualTo("1");
            note("after\nwith a line break");
            SseClient.Frame event = viewer.nextEvent();
            assertThat(event.event()).isEqualTo("log");
            assertThat(event.id()).isEqualTo("2");
            assertThat(event.data().toString())
                    .isEqualTo("{\"session\":\"s1\",\"seq\":2,\"time\":\"2026-01-02T03:04:05.678Z\","
                            + "\"type\":\"notice\",\"payload\":{\"text\":\"after\\nwith a line break\"}}");
        }
    }

    @Test
    void aQuietStreamHasAHeartbeat() throws Exception {
        try (SseClient viewer = new SseClient(server, "")) {
            viewer.next();
            for (int i = 0; i < 3; i++) {
                SseClient.Frame beat = viewer.next();
                assertThat(beat.event()).isEqualTo("hb");
                assertThat(beat.data().propertyNames()).containsExactly("time");
            }
        }
    }

    @Test
    void aBusyStreamHasAHeartbeatToo() throws Exception {
        Thread writer = Thread.ofVirtual().start(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                note("x".repeat(100));
            }
        });
        try (SseClient viewer = new SseClient(server, "")) {
            viewer.next();
            SseClient.Frame frame = viewer.next();
            while (!frame.event().equals("hb")) {
                frame = viewer.next();
            }
        } finally {
            writer.interrupt();
            writer.join();
        }
    }

    @Test
    void aPositionIsResumed() throws Exception {
        for (int i = 1; i <= 5; i++) {
            note("n" + i);
        }
        try (SseClient viewer = new SseClient(server, "?after=2")) {
            assertThat(viewer.nextEvent().cursor()).isEqualTo(3);
        }
        try (SseClient viewer = new SseClient(server, "?after=2", "Last-Event-ID: 4")) {
            assertThat(viewer.next().data().get("head").longValue()).isEqualTo(5);
            assertThat(viewer.nextEvent().cursor()).isEqualTo(5);
        }
    }

    @Test
    void aPositionOfAnotherLogIsMended() throws Exception {
        note("one");
        try (SseClient viewer = new SseClient(server, "", "Last-Event-ID: 99")) {
            SseClient.Frame resync = viewer.next();
            assertThat(resync.event()).isEqualTo("resync");
            assertThat(resync.data().toString()).isEqualTo("{\"head\":1}");
            assertThat(resync.id()).isEqualTo("1");
            note("two");
            assertThat(viewer.nextEvent().cursor()).isEqualTo(2);
        }
    }

    /** Whatever is cut where, a viewer that resumes with the last id it saw gets every event once and in order. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void droppedStreamsLoseAndDoubleNothing(long seed) throws Exception {
        int total = 2_000;
        Random random = new Random(seed);
        Random sizes = new Random(seed + 100);
        // Keeps the writer a little ahead of the viewer, so that streams are dropped while events come in.
        Semaphore allowed = new Semaphore(20);
        Thread writer = Thread.ofVirtual().start(() -> {
            for (int i = 0; i < total; i++) {
                allowed.acquireUninterruptibly();
                note("x".repeat(sizes.nextInt(300)));
            }
        });
        List<Long> seen = new ArrayList<>();
        String last = "0";
        int drops = 0;
        while (seen.size() < total) {
            int patience = random.nextInt(150);
            try (SseClient viewer = new SseClient(server, "", "Last-Event-ID: " + last)) {
                for (int i = 0; i < patience && seen.size() < total; i++) {
                    SseClient.Frame frame = viewer.next();
                    last = frame.id();
                    allowed.release(random.nextInt(3));
                    if (frame.event().equals("log")) {
                        seen.add(frame.cursor());
                    }
                }
            }
            drops++;
            allowed.release(10);
        }
        writer.join();
        assertThat(seen).isEqualTo(LongStream.rangeClosed(1, total).boxed().toList());
        assertThat(drops).isGreaterThan(10);
    }

    @Test
    void aSlowViewerHoldsUpNobody() throws Exception {
        try (SseClient slow = new SseClient(server, "");
                SseClient quick = new SseClient(server, "")) {
            for (int i = 0; i < 200; i++) {
                note("y".repeat(100_000));
            }
            for (int i = 1; i <= 200; i++) {
                assertThat(quick.nextEvent().cursor()).isEqualTo(i);
            }
            assertThat(server.get("/system").statusCode()).isEqualTo(200);
            assertThat(slow.nextEvent().cursor()).isEqualTo(1);
        }
    }

    @Test
    void aViewerThatTakesNothingIsCut() throws Exception {
        server.close();
        server = new TestServer(TestServer.settings(draft -> {
            draft.heartbeat = Duration.ofMillis(200);
            draft.idle = Duration.ofMillis(700);
            return draft;
        }));
        try (SseClient stuck = new SseClient(server, "")) {
            assertThat(server.http.viewers()).isEqualTo(1);
            for (int i = 0; i < 200; i++) {
                note("y".repeat(100_000));
            }
            Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> server.http.viewers() == 0);
            assertThat(stuck.status).isEqualTo(200);
        }
    }

    @Test
    void thereIsAPlaceForSoManyAndNoMore() throws Exception {
        server.close();
        server = new TestServer(TestServer.settings(draft -> {
            draft.heartbeat = Duration.ofMillis(200);
            draft.streams = 2;
            return draft;
        }));
        SseClient one = new SseClient(server, "");
        try (SseClient two = new SseClient(server, "");
                SseClient three = new SseClient(server, "")) {
            assertThat(two.status).isEqualTo(200);
            assertThat(three.status).isEqualTo(429);
        }
        one.close();
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> server.http.viewers() == 0);
    }

    @Test
    void fiveHundredViewersGetEveryEvent() throws Exception {
        List<SseClient> viewers = new ArrayList<>();
        try {
            for (int i = 0; i < 500; i++) {
                viewers.add(new SseClient(server, ""));
            }
            for (int i = 0; i < 20; i++) {
                note("n" + i);
            }
            assertThat(server.get("/health").statusCode()).isEqualTo(200);
            for (SseClient viewer : viewers) {
                for (long i = 1; i <= 20; i++) {
                    assertThat(viewer.nextEvent().cursor()).isEqualTo(i);
                }
            }
        } finally {
            for (SseClient viewer : viewers) {
                viewer.close();
            }
        }
    }

    @Test
    void stoppingEndsStreams() throws Exception {
        try (SseClient viewer = new SseClient(server, "")) {
            viewer.next();
            long begin = System.nanoTime();
            server.http.stop();
            SseClient.Frame frame = viewer.next();
            while (frame != null) {
                frame = viewer.next();
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
        } catch (IOException e) {
            throw new AssertionError("the stream was cut instead of ended", e);
        }
    }
}

package dev.execlaw.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.event.EventPayload.Notice;
import dev.execlaw.store.Database;
import dev.execlaw.store.EventTable;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredEventLogTest {

    private static final Instant NOW = Instant.parse("2026-11-23T10:00:00.123Z");

    @TempDir
    Path directory;

    private Database database;
    private StoredEventLog log;

    @BeforeEach
    void open() {
        database = Database.open(directory.resolve("execlaw.db"));
        log = new StoredEventLog(new EventTable(database), InstantSource.fixed(NOW));
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void numbersEachSessionFromOneAndAllWithOneCursor() {
        Event first = log.append("a", new Notice("one"));
        Event second = log.append("b", new Notice("two"));
        Event third = log.append("a", new Notice("three"));
        assertThat(List.of(first.seq(), second.seq(), third.seq())).containsExactly(1L, 1L, 2L);
        assertThat(first.time()).isEqualTo(NOW);
        assertThat(log.page("a", 0, 10)).containsExactly(first, third);
        assertThat(log.page("a", 1, 10)).containsExactly(third);
        assertThat(log.after(first.cursor(), 10)).containsExactly(second, third);
        assertThat(log.head()).isEqualTo(third.cursor());
    }

    @Test
    void keepsTheOrderOfEachWriterAndHasNoGapsUnderManyWriters() throws Exception {
        int writers = 16;
        int each = 400;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Void>> done = new ArrayList<>();
            for (int w = 0; w < writers; w++) {
                int writer = w;
                done.add(CompletableFuture.runAsync(
                        () -> {
                            for (int i = 0; i < each; i++) {
                                if (i % 50 == 49) {
                                    log.append("shared", new Notice(writer + ":" + i));
                                } else {
                                    log.appendLater("shared", new Notice(writer + ":" + i));
                                }
                            }
                        },
                        threads));
            }
            CompletableFuture.allOf(done.toArray(CompletableFuture[]::new)).get();
        }
        List<Event> events = log.page("shared", 0, 100_000);
        assertThat(events)
                .extracting(Event::seq)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, (long) writers * each).boxed().toList());
        for (int w = 0; w < writers; w++) {
            String prefix = w + ":";
            List<String> own = events.stream()
                    .map(event -> ((Notice) event.payload()).text())
                    .filter(text -> text.startsWith(prefix))
                    .toList();
            assertThat(own).hasSize(each);
            assertThat(own.stream().map(text -> Integer.parseInt(text.substring(prefix.length()))))
                    .isSorted();
        }
    }

    @Test
    void aFollowerSeesEveryEventOnceFromMemoryAndFromTheDatabase() throws Exception {
        // More than the tail holds, so that a late follower begins in the database and ends in memory.
        int count = 6_000;
        CompletableFuture<List<Long>> follower = CompletableFuture.supplyAsync(() -> follow(count));
        for (int i = 0; i < count; i++) {
            log.appendLater("s", new Notice("n" + i));
        }
        List<Long> expected = LongStream.rangeClosed(1, count).boxed().toList();
        assertThat(follower.get()).isEqualTo(expected);
        assertThat(follow(count)).isEqualTo(expected);
    }

    private List<Long> follow(int count) {
        List<Long> seen = new ArrayList<>();
        long cursor = 0;
        try {
            while (seen.size() < count) {
                assertThat(log.await(cursor, Duration.ofSeconds(20))).isTrue();
                for (Event event : log.after(cursor, 100)) {
                    seen.add(event.seq());
                    cursor = event.cursor();
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return seen;
    }

    @Test
    void awaitTellsWhenNothingComes() throws InterruptedException {
        assertThat(log.await(log.head(), Duration.ofMillis(20))).isFalse();
    }

    @Test
    void aDeletedSessionLeavesATombstoneAndCursorsAreNeverUsedAgain() {
        log.append("a", new Notice("secret"));
        Event other = log.append("b", new Notice("other"));
        log.append("a", new Notice("secret too"));
        log.deleteSession("a");
        List<Event> rest = log.after(0, 10);
        assertThat(rest).extracting(Event::session).containsExactly("b", "a");
        assertThat(rest.getFirst()).isEqualTo(other);
        assertThat(rest.getLast().payload()).isEqualTo(new EventPayload.SessionDeleted());
        assertThat(rest.getLast().seq()).isEqualTo(3);
        long head = log.head();
        log.deleteSession("b");
        database.close();
        open();
        assertThat(log.head()).isGreaterThan(head);
        assertThat(log.append("c", new Notice("new")).cursor()).isGreaterThan(head + 1);
        assertThat(log.after(0, 10)).extracting(Event::session).containsExactly("a", "b", "c");
    }
}

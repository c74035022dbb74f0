package dev.execlaw.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.event.Event;
import dev.execlaw.event.EventPayload;
import dev.execlaw.event.StoredEventLog;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database as the build before providers, policies and stored keys left it: two steps, and their rows. */
class UpgradeTest {

    private static final int STEPS_THEN = 2;
    private static final long NOON = Instant.parse("2026-11-01T12:00:00Z").toEpochMilli();
    private static final SecretBox BOX = SecretBox.of(new byte[SecretBox.KEY_BYTES]);

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void theOldServerWrites() throws Exception {
        file = directory.resolve("execlaw.db");
        try (Statements old = new Statements(DriverManager.getConnection("jdbc:sqlite:" + file))) {
            Schema.migrate(old, Schema.STEPS.subList(0, STEPS_THEN));
            session(old, "parent", BOX.seal("parent/key", "sk-own"));
            session(old, "fork", null);
            old.update("INSERT INTO message (id, session, token, text, state) VALUES"
                    + " ('m1', 'parent', 'execlaw-message-a', 'hello', 'done')");
            event(old, "parent", 1, "user_message", "{\"id\":\"m1\",\"text\":\"hello\"}");
            event(old, "parent", 2, "usage", "{\"model\":\"m\",\"inputTokens\":10,\"outputTokens\":1}");
            event(
                    old,
                    "parent",
                    3,
                    "tool_result",
                    "{\"id\":\"c\",\"output\":\"out\",\"status\":\"ok\",\"exitCode\":0}");
            event(old, "parent", 4, "usage", "{\"model\":\"m\",\"inputTokens\":20,\"outputTokens\":2}");
            event(old, "parent", 5, "turn_finished", "{\"reason\":\"completed\",\"detail\":\"\"}");
            // A fork has a copy of what was before it, which its parent has paid.
            event(old, "fork", 2, "usage", "{\"model\":\"m\",\"inputTokens\":10,\"outputTokens\":1}");
            event(old, "fork", 3, "forked", "{\"session\":\"parent\",\"seq\":2}");
            event(old, "fork", 4, "usage", "{\"model\":\"m\",\"inputTokens\":7,\"outputTokens\":3}");
            event(old, "gone", 1, "usage", "{\"model\":\"m\",\"inputTokens\":1,\"outputTokens\":1}");
        }
    }

    private static void session(Statements old, String id, @Nullable String key) throws Exception {
        old.update(
                "INSERT INTO session (id, created_at, settings, status, api_key) VALUES (?, 1, ?, ?, ?)",
                id,
                "{\"name\":\"" + id + "\",\"provider\":\"openai\",\"model\":\"m\",\"agent\":\"nullclaw\"}",
                "{\"state\":\"STOPPED\",\"sealedToken\":\"" + BOX.seal(id + "/token", "token") + "\"}",
                key);
    }

    private static void event(Statements old, String session, long seq, String type, String payload) throws Exception {
        old.update(
                "INSERT INTO event (session, seq, time, type, payload) VALUES (?, ?, ?, ?, ?)",
                session,
                seq,
                NOON,
                type,
                payload);
    }

    @Test
    void whatWasSpentIsCountedOnce() {
        try (Database database = Database.open(file)) {
            List<SpendRow> rows = new SpendTable(database).days("2026-11-01", "2026-11-01");
            assertThat(rows).extracting(SpendRow::inputTokens).containsExactlyInAnyOrder(37L);
            assertThat(rows).extracting(SpendRow::outputTokens).containsExactlyInAnyOrder(6L);
            assertThat(rows).extracting(SpendRow::unpriced).containsExactlyInAnyOrder(3L);
        }
        try (Database again = Database.open(file)) {
            assertThat(new SpendTable(again).days("2026-11-01", "2026-11-01")).hasSize(1);
        }
    }

    @Test
    void oldEventsAreReadWithoutTheirNewFields() {
        try (Database database = Database.open(file)) {
            StoredEventLog log = new StoredEventLog(new EventTable(database), InstantSource.system());
            List<EventPayload> payloads =
                    log.page("parent", 0, 100).stream().map(Event::payload).toList();
            assertThat(payloads)
                    .containsExactly(
                            new EventPayload.UserMessage("m1", "hello"),
                            new EventPayload.Usage("m", 10, 1),
                            new EventPayload.ToolResult("c", "out", "ok", 0, null),
                            new EventPayload.Usage("m", 20, 2),
                            new EventPayload.TurnFinished("completed", ""));
        }
    }

    @Test
    void theKeyOfThenIsAskedForThoughNothingMarksIt() {
        try (Database database = Database.open(file)) {
            SecretTable secrets = new SecretTable(database);
            assertThat(secrets.sealedWith(BOX)).contains(true);
            byte[] other = new byte[SecretBox.KEY_BYTES];
            other[0] = 1;
            assertThat(secrets.sealedWith(SecretBox.of(other))).contains(false);
            assertThat(secrets.reseal(BOX, SecretBox.of(other))).isEqualTo(3);
            assertThat(secrets.sealedWith(SecretBox.of(other))).contains(true);
        }
    }

    /** A long life must not make a start last minutes: what it counts grows with the events, not with their square. */
    @Test
    void manyEventsAreCountedWithinAStart() throws Exception {
        try (Statements old = new Statements(DriverManager.getConnection("jdbc:sqlite:" + file))) {
            old.execute("BEGIN");
            List<String> kinds = new ArrayList<>(List.of("usage", "message"));
            for (int i = 10; i < 60_000; i++) {
                String kind = kinds.get(i % 10 == 0 ? 0 : 1);
                event(old, "parent", i, kind, "{\"model\":\"m\",\"inputTokens\":1,\"outputTokens\":1}");
            }
            old.execute("COMMIT");
        }
        long began = System.nanoTime();
        try (Database database = Database.open(file)) {
            assertThat(new SpendTable(database).days("2026-11-01", "2026-11-01"))
                    .extracting(SpendRow::requests)
                    .containsExactly(3L + 5_999);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
    }
}

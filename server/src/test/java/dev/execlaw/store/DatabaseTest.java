package dev.execlaw.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseTest {

    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("execlaw.db");
    }

    @Test
    void allFilesAreTheOwnersOnly() throws Exception {
        try (Database database = Database.open(file())) {
            new ResourceTable(database).put(new ResourceRow("s", "directory", "/x", ""));
            try (Stream<Path> files = Files.list(directory)) {
                for (Path each : files.filter(Files::isRegularFile).toList()) {
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each)))
                            .as(each.toString())
                            .isEqualTo("rw-------");
                }
            }
        }
    }

    @Test
    void aFileOfAnOlderBuildIsBroughtToTheNewestStepByStep() throws Exception {
        try (Statements statements = new Statements(DriverManager.getConnection("jdbc:sqlite:" + file()))) {
            List<String> steps =
                    new ArrayList<>(List.of("CREATE TABLE a (x TEXT) STRICT;\nINSERT INTO a VALUES ('kept');\n"));
            Schema.migrate(statements, steps);
            steps.add("ALTER TABLE a ADD COLUMN y INTEGER;\n");
            Schema.migrate(statements, steps);
            Schema.migrate(statements, steps);
            assertThat(statements.list("SELECT x, y FROM a", row -> row.getString(1) + row.getString(2)))
                    .containsExactly("keptnull");
            assertThat(statements.first("PRAGMA user_version", row -> row.getInt(1)))
                    .contains(2);
        }
    }

    @Test
    void aStepThatFailsLeavesNothingOfItself() throws Exception {
        try (Statements statements = new Statements(DriverManager.getConnection("jdbc:sqlite:" + file()))) {
            List<String> steps = List.of("CREATE TABLE a (x TEXT) STRICT;\nnonsense;\n");
            assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Schema.migrate(statements, steps));
            assertThat(statements.list("SELECT name FROM sqlite_master", row -> row.getString(1)))
                    .isEmpty();
        }
    }

    @Test
    void aFileOfANewerBuildIsRefused() throws Exception {
        try (Statements statements = new Statements(DriverManager.getConnection("jdbc:sqlite:" + file()))) {
            statements.execute("PRAGMA user_version = 99");
        }
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> Database.open(file()))
                .withMessageContaining("version 99")
                .withMessageContaining("newer build");
    }

    @Test
    void aWriteThatFailsTakesNoOtherWithIt() {
        try (Database database = Database.open(file())) {
            ResourceTable table = new ResourceTable(database);
            for (int i = 0; i < 50; i++) {
                String ref = "/" + i;
                database.writeLater(
                        statements -> statements.update(
                                "INSERT INTO resource (session, kind, ref, detail) VALUES ('s', 'directory', ?, '')",
                                ref),
                        _ -> {});
                if (i == 25) {
                    database.writeLater(statements -> statements.update("INSERT INTO nowhere VALUES (1)"), _ -> {});
                }
            }
            assertThatExceptionOfType(StoreException.class)
                    .isThrownBy(
                            () -> database.write(statements -> statements.update("INSERT INTO nowhere VALUES (1)")));
            assertThat(table.all()).hasSize(50);
        }
    }

    @Test
    void aWriteIsNotAbandonedWhenItsThreadIsInterrupted() throws Exception {
        try (Database database = Database.open(file())) {
            ResourceTable table = new ResourceTable(database);
            List<Boolean> outcome = new ArrayList<>();
            Thread writer = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 10_000; i++) {
                    try {
                        table.put(new ResourceRow("s", "directory", "/" + i, ""));
                    } catch (IllegalStateException e) {
                        // Refused before it was handed over: the newest entry is the one before.
                        outcome.add(table.all().size() == i);
                        return;
                    }
                }
            });
            while (table.all().size() < 20) {
                Thread.onSpinWait();
            }
            writer.interrupt();
            writer.join();
            assertThat(outcome).containsExactly(true);
        }
    }

    @Test
    void slotsGoRoundAndTheOneUsedLastComesLast() {
        try (Database database = Database.open(file())) {
            ResourceTable table = new ResourceTable(database);
            assertThat(IntStream.range(0, 3)
                            .map(i -> table.takeSlot("s" + i, 4, Set.of()).orElseThrow()))
                    .containsExactly(0, 1, 2);
            assertThat(table.takeSlot("s1", 4, Set.of()))
                    .as("a session keeps its slot")
                    .hasValue(1);
            table.releaseSlot("s1");
            table.releaseSlot("s0");
            assertThat(table.takeSlot("a", 4, Set.of())).as("never used before").hasValue(3);
            assertThat(table.takeSlot("b", 4, Set.of())).as("free for longest").hasValue(1);
            assertThat(table.takeSlot("c", 4, Set.of())).hasValue(0);
            assertThat(table.takeSlot("d", 4, Set.of())).isEqualTo(OptionalInt.empty());
            assertThat(table.slotHolders()).containsExactly("c", "b", "s2", "a");
        }
    }

    @Test
    void secretsAreBoundToTheirKeyAndPlace() throws Exception {
        byte[] key = new byte[SecretBox.KEY_BYTES];
        SecretBox box = SecretBox.of(key);
        String sealed = box.seal("a/key", "sk-1234");
        assertThat(sealed).doesNotContain("sk-1234");
        assertThat(SecretBox.of(key).unseal("a/key", sealed)).isEqualTo("sk-1234");
        assertThat(box.seal("a/key", "sk-1234")).isNotEqualTo(sealed);
        assertThatExceptionOfType(GeneralSecurityException.class).isThrownBy(() -> box.unseal("b/key", sealed));
        key[31] = 1;
        SecretBox other = SecretBox.of(key);
        assertThatExceptionOfType(GeneralSecurityException.class).isThrownBy(() -> other.unseal("a/key", sealed));
    }
}

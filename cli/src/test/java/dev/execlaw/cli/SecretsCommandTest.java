package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.key.MasterKey;
import dev.execlaw.key.Seal;
import dev.execlaw.store.Database;
import dev.execlaw.store.ProviderKeyRow;
import dev.execlaw.store.ProviderKeyTable;
import dev.execlaw.store.SecretBox;
import dev.execlaw.store.SecretTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code execlaw secrets} on a data directory that a server has left. */
final class SecretsCommandTest {

    private static final String KEY = "sk-canary-0123456789";

    @TempDir
    private Path data;

    private final StringWriter out = new StringWriter();

    private int run(String... arguments) {
        List<String> all = new ArrayList<>(List.of("secrets"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--data-dir", data.toString()));
        PrintWriter writer = new PrintWriter(out, true);
        return Main.run(writer, writer, all.toArray(String[]::new));
    }

    private MasterKey file() {
        return MasterKey.of(data, "", Map.of());
    }

    private void serverWas(MasterKey key) throws IOException {
        try (Database database = Database.open(data.resolve("execlaw.db"))) {
            SecretBox box = Seal.open(key, new SecretTable(database));
            new ProviderKeyTable(database).put(new ProviderKeyRow("paid", box.seal("provider/paid", KEY), "6789", 1));
        }
    }

    private String stored(MasterKey key) throws IOException, GeneralSecurityException {
        try (Database database = Database.open(data.resolve("execlaw.db"))) {
            SecretBox box = Seal.open(key, new SecretTable(database));
            return box.unseal(
                    "provider/paid",
                    new ProviderKeyTable(database).all().getFirst().sealed());
        }
    }

    @Test
    void withoutADatabaseThereIsNothingToDo() {
        assertThat(run("rotate")).isEqualTo(1);
        assertThat(out.toString()).contains("there is no database in", "--data-dir");
        assertThat(data).isEmptyDirectory();
    }

    @Test
    void anotherKeyFileTakesThePlaceOfTheLastOne() throws Exception {
        serverWas(file());
        byte[] last = Files.readAllBytes(data.resolve("secret.key"));
        assertThat(run("rotate")).as(out.toString()).isZero();
        assertThat(out.toString()).contains("1 secrets are encrypted with the key file");
        assertThat(Files.readAllBytes(data.resolve("secret.key"))).isNotEqualTo(last);
        assertThat(stored(file())).isEqualTo(KEY);
        assertThat(data.resolve("secret.key.next")).doesNotExist();
    }

    @Test
    void whileTheServerRunsItIsRefused() throws Exception {
        serverWas(file());
        try (DataLock _ = DataLock.take(new dev.execlaw.config.DataDirectory(data))) {
            assertThat(run("rotate")).isEqualTo(1);
            assertThat(run("forget", "--yes")).isEqualTo(1);
        }
        assertThat(out.toString()).contains("is in use by the ExeClaw with process id", "stop it with");
        assertThat(stored(file())).isEqualTo(KEY);
    }

    @Test
    void fromAFileToAPassphraseAndBack() throws Exception {
        serverWas(file());
        Path phrase = Files.writeString(data.resolve("phrase"), "correct horse battery");
        Files.setPosixFilePermissions(phrase, PosixFilePermissions.fromString("rw-------"));
        Path config = Files.writeString(data.resolve("c.toml"), "[secrets]\npassphrase_file = \"" + phrase + "\"\n");
        assertThat(run("rotate", "--config", config.toString()))
                .as(out.toString())
                .isZero();
        assertThat(out.toString()).contains("secret.key is of no use any more and was removed");
        assertThat(data.resolve("secret.key")).doesNotExist();
        assertThat(stored(MasterKey.of(data, phrase.toString(), Map.of()))).isEqualTo(KEY);
        assertThat(run("rotate", "--old-passphrase-file", phrase.toString()))
                .as(out.toString())
                .isZero();
        assertThat(stored(file())).isEqualTo(KEY);
    }

    @Test
    void aLostKeyIsGivenUpOnRequestOnly() throws Exception {
        serverWas(file());
        Files.delete(data.resolve("secret.key"));
        assertThat(run("rotate")).isEqualTo(1);
        assertThat(out.toString()).contains("execlaw secrets forget");
        assertThat(run("forget")).isEqualTo(2);
        assertThat(out.toString()).contains("--yes");
        assertThat(run("forget", "--yes")).as(out.toString()).isZero();
        assertThat(out.toString()).contains("enter the providers' keys again");
        try (Database database = Database.open(data.resolve("execlaw.db"))) {
            Seal.open(file(), new SecretTable(database));
            assertThat(new ProviderKeyTable(database).all()).isEmpty();
        }
    }
}

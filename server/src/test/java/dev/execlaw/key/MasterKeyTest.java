package dev.execlaw.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.execlaw.exec.GuestKey;
import dev.execlaw.store.Database;
import dev.execlaw.store.ProviderKeyRow;
import dev.execlaw.store.ProviderKeyTable;
import dev.execlaw.store.SecretBox;
import dev.execlaw.store.SecretTable;
import dev.execlaw.store.SessionRow;
import dev.execlaw.store.SessionTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class MasterKeyTest {

    private static final String HEX = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    @TempDir
    private Path data;

    private Database database;
    private SecretTable secrets;

    @BeforeEach
    void open() {
        database = Database.open(data.resolve("execlaw.db"));
        secrets = new SecretTable(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private MasterKey file() {
        return MasterKey.of(data, "", Map.of());
    }

    private MasterKey passphrase(String name, String text) throws IOException {
        Path file = Files.writeString(data.resolve(name), text + "\nsecond line");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return MasterKey.of(data, file.toString(), Map.of());
    }

    private MasterKey credential(String text) throws IOException {
        Files.writeString(data.resolve("execlaw-key"), text);
        return MasterKey.of(data, "", Map.of("CREDENTIALS_DIRECTORY", data.toString()));
    }

    private String refusal(MasterKey key) {
        IOException[] thrown = new IOException[1];
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> Seal.open(key, secrets))
                .satisfies(e -> thrown[0] = e);
        return thrown[0].getMessage();
    }

    /** One secret of every kind, and two of a fork. */
    private void fill(SecretBox box) {
        new ProviderKeyTable(database)
                .put(new ProviderKeyRow("paid", box.seal("provider/paid", "sk-stored"), "ored", 1));
        new SessionTable(database)
                .insert(new SessionRow(
                        "s1",
                        1,
                        "{\"name\":\"fork\",\"forebears\":[{\"session\":\"s0\",\"sealedToken\":\""
                                + box.seal("s1/forebear", "forebear") + "\"}],\"unknown\":1}",
                        "{\"state\":\"STOPPED\",\"sealedToken\":\"" + box.seal("s1/token", "token")
                                + "\",\"wayIn\":{\"sealedKey\":\"" + box.seal("s1/ssh", "ssh")
                                + "\",\"sealedHostKey\":\""
                                + box.seal("s1/host-key", "host key") + "\"}}",
                        box.seal("s1/key", "sk-own")));
        new SessionTable(database).insert(new SessionRow("s2", 2, "{}", "{\"sealedToken\":null}", null));
    }

    private void opensAll(SecretBox box) throws GeneralSecurityException {
        assertThat(box.unseal(
                        "provider/paid",
                        new ProviderKeyTable(database).all().getFirst().sealed()))
                .isEqualTo("sk-stored");
        SessionRow row = new SessionTable(database).all().getFirst();
        JsonNode settings = JsonMapper.shared().readTree(row.settings());
        JsonNode status = JsonMapper.shared().readTree(row.status());
        assertThat(settings.path("unknown").asInt()).isEqualTo(1);
        assertThat(box.unseal(
                        "s1/forebear", settings.at("/forebears/0/sealedToken").asString()))
                .isEqualTo("forebear");
        assertThat(box.unseal("s1/token", status.path("sealedToken").asString()))
                .isEqualTo("token");
        assertThat(box.unseal("s1/ssh", status.at("/wayIn/sealedKey").asString()))
                .isEqualTo("ssh");
        assertThat(box.unseal("s1/host-key", status.at("/wayIn/sealedHostKey").asString()))
                .isEqualTo("host key");
        String own = row.apiKey();
        assertThat(own == null ? "" : box.unseal("s1/key", own)).isEqualTo("sk-own");
    }

    @Test
    void theKeyFileIsMadeForItsOwnerAloneAndItsModeIsMended() throws Exception {
        String sealed = Seal.open(file(), secrets).seal("a", "b");
        Path key = data.resolve("secret.key");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
        assertThat(Seal.open(file(), secrets).unseal("a", sealed)).isEqualTo("b");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
        Files.delete(key);
        assertThat(refusal(file())).contains("secret.key is missing", "Put the right one back", "secrets forget");
        assertThat(key).doesNotExist();
        Files.write(key, new byte[31]);
        assertThat(refusal(file())).contains("31 bytes");
        Files.write(key, new byte[32]);
        assertThat(refusal(file()))
                .contains("is not encrypted with the key file", "execlaw secrets rotate", "execlaw secrets forget");
    }

    @Test
    void aKeyFileOfAnotherUserIsRefused() throws Exception {
        org.junit.jupiter.api.Assumptions.assumeTrue("root".equals(System.getProperty("user.name")));
        Seal.open(file(), secrets);
        Files.setAttribute(data.resolve("secret.key"), "unix:uid", 4242);
        assertThat(refusal(file())).contains("belongs to the user 4242", "chown 0 ");
    }

    @Test
    void aPassphraseOpensWhatItSealedAndAnotherDoesNot() throws Exception {
        String sealed =
                Seal.open(passphrase("p", "correct horse battery"), secrets).seal("a", "b");
        assertThat(Seal.open(passphrase("p", "correct horse battery"), secrets).unseal("a", sealed))
                .isEqualTo("b");
        assertThat(data.resolve("secret.key")).doesNotExist();
        assertThat(refusal(passphrase("q", "correct horse batterx")))
                .contains("not encrypted with the passphrase in", "q. Put");
        assertThat(refusal(passphrase("q", "short"))).contains("5 characters", "at least 12");
        Files.setPosixFilePermissions(data.resolve("p"), PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(refusal(MasterKey.of(data, data.resolve("p").toString(), Map.of())))
                .contains("rw-r--r--", "chmod 600");
        assertThat(refusal(MasterKey.of(data, "-", Map.of()))).contains("no terminal");
    }

    @Test
    void aCredentialOfSystemdCountsBeforeTheKeyFile() throws Exception {
        String sealed = Seal.open(credential(HEX + "\n"), secrets).seal("a", "b");
        assertThat(data.resolve("secret.key")).doesNotExist();
        assertThat(Seal.open(credential(HEX), secrets).unseal("a", sealed)).isEqualTo("b");
        assertThat(refusal(credential(HEX.replace('0', 'f')))).contains("the credential");
        assertThat(refusal(credential("xyz"))).contains("3 bytes", "openssl rand -hex 32");
        Files.delete(data.resolve("execlaw-key"));
        assertThat(MasterKey.of(data, "", Map.of("CREDENTIALS_DIRECTORY", data.toString())))
                .isInstanceOf(MasterKey.KeyFile.class);
    }

    @Test
    void aRotationSealsEverythingWithAnotherKey() throws Exception {
        SecretBox first = Seal.open(file(), secrets);
        fill(first);
        assertThat(Seal.rotate(file(), file(), secrets)).isEqualTo(6);
        assertThatExceptionOfType(GeneralSecurityException.class).isThrownBy(() -> opensAll(first));
        opensAll(Seal.open(file(), secrets));
        MasterKey phrase = passphrase("p", "correct horse battery");
        assertThat(Seal.rotate(file(), phrase, secrets)).isEqualTo(6);
        opensAll(Seal.open(phrase, secrets));
        assertThat(refusal(file())).contains("is not encrypted with");
        assertThat(Seal.rotate(phrase, credential(HEX), secrets)).isEqualTo(6);
        opensAll(Seal.open(credential(HEX), secrets));
    }

    @Test
    void aRotationThatCannotOpenEverythingChangesNothing() throws Exception {
        SecretBox box = Seal.open(file(), secrets);
        fill(box);
        new ProviderKeyTable(database)
                .put(new ProviderKeyRow("strange", SecretBox.of(new byte[32]).seal("provider/strange", "x"), "", 1));
        assertThatExceptionOfType(RuntimeException.class)
                .isThrownBy(() -> Seal.rotate(file(), file(), secrets))
                .withMessageContaining("provider/strange");
        opensAll(Seal.open(file(), secrets));
    }

    @Test
    void aRotationThatWasBrokenOffAfterItsCommitIsBroughtToItsEnd() throws Exception {
        SecretBox box = Seal.open(file(), secrets);
        fill(box);
        MasterKey.KeyFile key = new MasterKey.KeyFile(data.resolve("secret.key"));
        secrets.reseal(box, key.next().open());
        opensAll(Seal.open(file(), secrets));
        assertThat(key.next().file()).doesNotExist();
        opensAll(Seal.open(file(), secrets));
    }

    /** The ciphertexts of all secrets, as they stand in the rows. */
    private List<String> ciphertexts() {
        List<String> all = new ArrayList<>();
        all.add(new ProviderKeyTable(database).all().getFirst().sealed());
        SessionRow row = new SessionTable(database).all().getFirst();
        all.add(String.valueOf(row.apiKey()));
        all.add(JsonMapper.shared().readTree(row.status()).path("sealedToken").asString());
        all.add(JsonMapper.shared()
                .readTree(row.settings())
                .at("/forebears/0/sealedToken")
                .asString());
        return all;
    }

    private String bytesOfTheDatabase() throws IOException {
        StringBuilder bytes = new StringBuilder();
        for (String name : List.of("execlaw.db", "execlaw.db-wal")) {
            Path file = data.resolve(name);
            bytes.append(Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "");
        }
        return bytes.toString();
    }

    @Test
    void afterARotationNoOldCiphertextIsLeftInTheFiles() throws Exception {
        fill(Seal.open(file(), secrets));
        List<String> old = ciphertexts();
        // An older one, which its row has no more: a key that was replaced.
        String replaced = Seal.open(file(), secrets).seal("s1/key", "sk-replaced");
        new SessionTable(database).key("s1", replaced);
        new SessionTable(database).key("s1", old.get(1));
        assertThat(bytesOfTheDatabase()).contains(old).contains(replaced);
        Seal.rotate(file(), file(), secrets);
        assertThat(bytesOfTheDatabase())
                .contains(ciphertexts())
                .doesNotContain(old)
                .doesNotContain(replaced);
        opensAll(Seal.open(file(), secrets));
    }

    @Test
    void withALostKeyOneBeginsAnew() throws Exception {
        SecretBox lost = Seal.open(file(), secrets);
        fill(lost);
        List<String> old = ciphertexts();
        Files.delete(data.resolve("secret.key"));
        assertThat(refusal(file())).contains("execlaw secrets forget");
        assertThat(Seal.forget(file(), secrets)).isEqualTo(2);
        SecretBox fresh = Seal.open(file(), secrets);
        assertThat(new ProviderKeyTable(database).all()).isEmpty();
        for (SessionRow row : new SessionTable(database).all()) {
            assertThat(row.apiKey()).isNull();
            assertThat(JsonMapper.shared().readTree(row.settings()).has("forebears"))
                    .isFalse();
            JsonNode status = JsonMapper.shared().readTree(row.status());
            assertThat(status.has("sealedToken")).isFalse();
            String key = fresh.unseal(
                    row.id() + "/ssh", status.at("/wayIn/sealedKey").asString());
            assertThat(GuestKey.parse(key).authorizedKey()).startsWith("ssh-");
        }
        assertThat(bytesOfTheDatabase()).doesNotContain(old);
    }
}

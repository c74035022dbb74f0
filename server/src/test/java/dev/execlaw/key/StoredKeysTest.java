package dev.execlaw.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.execlaw.gateway.GatewaySettings;
import dev.execlaw.gateway.JettyGateway;
import dev.execlaw.gateway.ProviderSettings;
import dev.execlaw.gateway.Providers;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.store.Database;
import dev.execlaw.store.ProviderKeyTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StoredKeysTest {

    private static final String KEY = "sk-canary-0123456789abcdef";
    private static final Instant NOW = Instant.parse("2026-07-08T09:10:11Z");

    private final Providers providers = new Providers(List.of(
            new ProviderSettings("demo", "Demo", ProviderSettings.Kind.DEMO, null, false, List.of("demo")),
            paid("paid"),
            paid("other")));

    private Map<String, String> environment = Map.of();
    private JettyGateway gateway;
    private Database database;
    private StoredKeys keys;

    @TempDir
    Path directory;

    private static ProviderSettings paid(String id) {
        return new ProviderSettings(
                id, id, ProviderSettings.Kind.OPENAI_COMPATIBLE, "http://127.0.0.1:1/v1", true, List.of());
    }

    @BeforeEach
    void open() throws IOException {
        gateway = JettyGateway.start(providers, GatewaySettings.DEFAULTS);
        database = Database.open(directory.resolve("execlaw.db"));
        keys = new StoredKeys(
                providers,
                new ProviderKeyTable(database),
                new MasterKey.KeyFile(directory.resolve("secret.key")).open(),
                provider -> Optional.ofNullable(environment.get(provider)),
                gateway.keyProbe(),
                InstantSource.fixed(NOW));
    }

    @AfterEach
    void close() {
        database.close();
        gateway.close();
    }

    private static Problem refused(Runnable action) {
        return org.assertj.core.api.Assertions.catchThrowableOfType(ProblemException.class, action::run)
                .problem();
    }

    @Test
    void aKeyIsKeptSealedOverARestartAndShownByItsEndOnly() throws Exception {
        assertThat(keys.has("paid")).isFalse();
        KeyView view = keys.put("paid", KEY);
        assertThat(view).isEqualTo(new KeyView("paid", "cdef", NOW, KeySource.STORED));
        close();
        open();
        assertThat(keys.list()).containsExactly(view);
        assertThat(keys.key("paid")).contains(KEY);
        try (var files = Files.list(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain("0123456789");
            }
        }
    }

    @Test
    void theStoredKeyCountsBeforeThatOfTheEnvironment() {
        environment = Map.of("paid", "sk-environment-9876");
        assertThat(keys.list()).containsExactly(new KeyView("paid", "9876", null, KeySource.ENVIRONMENT));
        assertThat(keys.key("paid")).contains("sk-environment-9876");
        keys.put("paid", KEY);
        assertThat(keys.key("paid")).contains(KEY);
        assertThat(keys.list())
                .singleElement()
                .satisfies(view -> assertThat(view.source()).isEqualTo(KeySource.STORED));
        keys.remove("paid");
        assertThat(keys.key("paid")).contains("sk-environment-9876");
        Problem problem = refused(() -> keys.remove("paid"));
        assertThat(problem.code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(problem.next()).contains("environment");
    }

    @Test
    void aNewKeyTakesThePlaceOfTheLastOne() {
        keys.put("paid", KEY);
        keys.put("paid", "short");
        assertThat(keys.list()).containsExactly(new KeyView("paid", "", NOW, KeySource.STORED));
        assertThat(keys.key("paid")).contains("short");
        keys.remove("paid");
        assertThat(keys.list()).isEmpty();
        assertThat(new ProviderKeyTable(database).all()).isEmpty();
    }

    @Test
    void whatCanBeNoKeyIsRefusedWithTheLimitAndNeverQuoted() {
        for (String wrong : List.of("", "a b-canary", "canary\n", "canary\u00e9", "canary\u0000", "x".repeat(4_097))) {
            Problem problem = refused(() -> keys.put("paid", wrong));
            assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
            assertThat(problem.detail() + problem.next()).doesNotContain("canary");
        }
        assertThat(refused(() -> keys.put("paid", "x".repeat(4_097))).detail())
                .isEqualTo("key has 4097 characters, allowed are 4096");
        keys.put("paid", "x".repeat(4_096));
        assertThat(refused(() -> keys.put("nope", KEY)).code()).isEqualTo(ErrorCode.UNKNOWN_PROVIDER);
        assertThat(refused(() -> keys.remove("nope")).code()).isEqualTo(ErrorCode.UNKNOWN_PROVIDER);
        assertThat(refused(() -> keys.put("demo", KEY)).code()).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void aTrialNeedsAKeyAndSaysWhatHappened() {
        assertThat(refused(() -> keys.test("paid")).code()).isEqualTo(ErrorCode.NOT_FOUND);
        keys.put("paid", KEY);
        KeyTrial trial = keys.test("paid");
        assertThat(trial.outcome()).isEqualTo(KeyTrial.Outcome.UNKNOWN);
        assertThat(trial.detail()).contains("paid").contains("cannot be reached");
    }

    @Test
    void aKeyThatCannotBeOpenedIsNoKey() throws Exception {
        keys.put("paid", KEY);
        StoredKeys stranger = new StoredKeys(
                providers,
                new ProviderKeyTable(database),
                new MasterKey.KeyFile(directory.resolve("another.key")).open(),
                _ -> Optional.empty(),
                gateway.keyProbe(),
                InstantSource.fixed(NOW));
        assertThat(stranger.key("paid")).isEmpty();
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
            Files.write(directory.resolve("another.key"), new byte[31]);
            new MasterKey.KeyFile(directory.resolve("another.key")).open();
        });
    }
}

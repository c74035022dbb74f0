package dev.execlaw.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class ConfigTextTest {

    @Test
    void everyKeyIsShownWithMeaningDefaultAndValue() {
        String toml = ConfigText.toml(
                ConfigLoader.withoutFile().override("session.vcpus", "5").load());
        for (ConfigKey key : ConfigKey.all()) {
            if (!key.section().equals("agent")) { // none is there without a file
                assertThat(toml).contains("# " + key.meaning());
            }
        }
        assertThat(toml).contains("# default: 2\nvcpus = 5\n").contains("[provider.openrouter]");
    }

    @Test
    void agentsOfAFileAreShownAndReadBack(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("c.toml"), "[agent.qwen]\ncommand = \"qwen --acp\"\n");
        Config config = ConfigLoader.file(file).load();
        assertThat(config.agent().get("qwen").command()).isEqualTo("qwen --acp");
        Files.writeString(file, ConfigText.toml(config));
        assertThat(ConfigLoader.file(file).load()).isEqualTo(config);
        Files.writeString(file, "[agent.reference]\ncommand = \"x\"\n");
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> ConfigLoader.file(file).load())
                .withMessageContaining("agent name \"reference\"");
        Files.writeString(file, "[agent.mine]\n");
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> ConfigLoader.file(file).load())
                .withMessageContaining("agent.mine.command");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatIsShownReadsBackAsTheSame(long seed, @TempDir Path directory) throws IOException {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            name.append((char) (1 + random.nextInt(0x24F)));
        }
        Config config = ConfigLoader.withoutFile()
                .override("provider.demo.name", name.toString())
                .override("session.vcpus", Integer.toString(random.nextInt(1, 9)))
                .override("server.hosts", random.nextBoolean() ? "a, b" : "")
                .override("session.on_shutdown", random.nextBoolean() ? "keep" : "stop")
                .load();
        Path file = Files.writeString(directory.resolve("again.toml"), ConfigText.toml(config));
        assertThat(ConfigLoader.file(file).load()).isEqualTo(config);
    }

    @Test
    void jsonHasTheSameKeys() {
        JsonNode rows = JsonMapper.shared()
                .readTree(ConfigText.json(ConfigLoader.withoutFile().load()));
        assertThat(rows.valueStream().map(row -> row.get("key").asString()))
                .contains("server.listen", "provider.demo.needs_key", "limits.body_mib")
                .doesNotHaveDuplicates();
    }

    @Test
    void thePageOfTheDocumentationIsUpToDate() throws IOException {
        Path page = Path.of(System.getProperty("execlaw.root"), "docs", "configuration.md");
        assertThat(Files.readString(page))
                .as(
                        "docs/configuration.md; write it again with: ./execlaw config show --markdown > docs/configuration.md")
                .isEqualTo(ConfigText.markdown());
    }
}

package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A conversation with each family of nullclaw's versions on a real machine: {@code execlaw agent check} with a double that
 * speaks as that version does. The real program cannot be had on a machine without the internet.
 */
class NullclawVersionsTest {

    private static final Path ROOT = Path.of(System.getProperty("execlaw.root"));
    private static final String IMAGES = System.getProperty("execlaw.test.image");
    private static final String OWN_VERSION = "VERSION = \"2026.5.29\"";

    @TempDir
    private Path directory;

    /** Native tools unless it streams; raw tags in the stream; tags filtered; HTTP to private hosts only; the newest. */
    @ParameterizedTest
    @ValueSource(strings = {"2026.2.26", "2026.3.5", "2026.4.7", "2026.4.17", "2026.5.29"})
    void holdsAConversation(String version) throws Exception {
        Map<String, JsonNode> checks = check(program(version));
        assertThat(checks.get("version").path("detail").asString()).isEqualTo(version);
        checks.forEach((name, check) -> assertThat(check.path("state").asString())
                .as("%s of %s: %s", name, version, check)
                .isEqualTo(name.equals("whole shell syntax") && !knowsYolo(version) ? "skipped" : "ok"));
        assertThat(checks).containsKeys("tool call and result", "restart after its end", "no leftovers");
    }

    private static boolean knowsYolo(String version) {
        return !version.equals("2026.2.26") && !version.equals("2026.3.5");
    }

    private Path program(String version) throws IOException {
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("nullclaw-double"))) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(text).contains(OWN_VERSION);
            Path program = Files.writeString(
                    directory.resolve("nullclaw"), text.replace(OWN_VERSION, "VERSION = \"" + version + "\""));
            return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    private Map<String, JsonNode> check(Path program) throws IOException, InterruptedException {
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        Process command = new ProcessBuilder(
                        ROOT.resolve("execlaw").toString(),
                        "agent",
                        "check",
                        program.toString(),
                        "--json",
                        "--data-dir",
                        IMAGES)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!command.waitFor(10, TimeUnit.MINUTES)) {
            command.destroy();
            throw new AssertionError("agent check did not end within 10 minutes:\n" + Files.readString(err));
        }
        String said = Files.readString(out);
        assertThat(said).as(Files.readString(err)).startsWith("{");
        Map<String, JsonNode> checks = new LinkedHashMap<>();
        for (JsonNode check : JsonMapper.shared().readTree(said).path("checks")) {
            checks.put(check.path("name").asString(), check);
        }
        return checks;
    }
}

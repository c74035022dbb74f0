package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the product says to callers who are wrong. No machine is booted here. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BadInputTest {

    private Product product;
    private Api api;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        product = Product.start(directory);
        api = product.api();
    }

    @AfterAll
    void stop() throws InterruptedException {
        product.close();
    }

    @Test
    void aWrongTokenIsRefused() {
        assertThat(api.call("GET", "/sessions", null, Map.of("Authorization", "Bearer wrong"))
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void aForeignOriginIsRefused() {
        HttpResponse<String> response =
                api.call("POST", "/sessions", "{}", Map.of("Origin", "http://evil.example", "Authorization", ""));
        assertThat(response.statusCode()).isIn(401, 403);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"provider":"demo","model":"demo","color":"red"}      | UNKNOWN_FIELD    | color
            {"provider":"nowhere","model":"demo"}                 | UNKNOWN_PROVIDER | nowhere
            {"provider":"demo","model":"gpt-99"}                  | UNKNOWN_MODEL    | gpt-99
            {"provider":"demo","model":"demo","agent":"clippy"}   | UNKNOWN_AGENT    | clippy
            {"provider":"demo","model":"demo","memoryMiB":1}      | INVALID_REQUEST  | memoryMiB
            {"provider":"demo"                                    | INVALID_REQUEST  | JSON
            """)
    void aBadCreateNamesWhatIsWrong(String body, String code, String named) {
        HttpResponse<String> response = api.call("POST", "/sessions", body, Map.of());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        JsonNode problem = JsonMapper.shared().readTree(response.body());
        assertThat(problem.path("code").asString()).isEqualTo(code);
        assertThat(problem.path("detail").asString()).contains(named);
        assertThat(api.get("/sessions").path("sessions").isEmpty()).isTrue();
    }

    @Test
    void aBodyOverTheLimitIsRefusedWithTheLimit() {
        String body = "{\"provider\":\"demo\",\"name\":\"" + "x".repeat(20_000_000) + "\"}";
        HttpResponse<String> response = api.call("POST", "/sessions", body, Map.of());
        assertThat(response.statusCode()).isEqualTo(413);
    }

    @Test
    void moreMemoryThanTheHostHasIsRefusedWithNumbers() {
        String body = "{\"provider\":\"demo\",\"model\":\"demo\",\"memoryMiB\":16384}";
        HttpResponse<String> response = api.call("POST", "/sessions", body, Map.of());
        for (int i = 0; i < 64 && response.statusCode() == 201; i++) {
            response = api.call("POST", "/sessions", body, Map.of());
        }
        assertThat(response.statusCode()).isEqualTo(503);
        JsonNode problem = JsonMapper.shared().readTree(response.body());
        assertThat(problem.path("code").asString()).isEqualTo("CAPACITY_MEMORY");
        assertThat(problem.path("detail").asString()).containsPattern("\\d+ MiB");
        for (JsonNode session : api.get("/sessions").path("sessions")) {
            api.delete(session.path("id").asString());
        }
        assertThat(product.machineProcesses()).isEmpty();
    }
}

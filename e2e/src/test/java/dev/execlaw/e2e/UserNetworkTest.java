package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The same sessions without TAP devices: guests reach their gateway and nothing else. */
final class UserNetworkTest extends FirstLightTest {

    static final String CONFIG = """
            [network]
            mode = "user"
            """;

    @Override
    String config() {
        return CONFIG;
    }

    @Test
    void theNetworkIsToldAsItIs() {
        Api api = product().api();
        JsonNode network = api.get("/sessions/" + session() + "/network");
        assertThat(network.path("mode").asString()).isEqualTo("user");
        assertThat(network.path("effective").asString()).isEqualTo("none");
        assertThat(network.path("isolation").asString()).endsWith("reaches the model gateway and nothing else");
        assertThat(network.path("traffic").isNull()).isTrue();
        assertThat(api.call(
                                "PUT",
                                "/sessions/" + session() + "/network",
                                "{\"policy\":\"internet\",\"allow\":[]}",
                                java.util.Map.of())
                        .body())
                .contains("STATE_CONFLICT", "user-mode");
        assertThat(api.get("/system").at("/network/reason").asString()).isEqualTo("the configuration says so");
    }
}

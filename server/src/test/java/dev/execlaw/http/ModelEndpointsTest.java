package dev.execlaw.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

/** {@code GET /models}. */
class ModelEndpointsTest {

    @Test
    void modelsHavePricesWhereTheyAreKnown() throws Exception {
        try (TestServer server = TestServer.start()) {
            HttpResponse<String> response = server.get("/models?provider=demo");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(Json.MAPPER.readTree(response.body())).isEqualTo(Json.MAPPER.readTree("""
                    {"models":[
                     {"id":"one","name":"One","contextLength":1000,"inputPricePerMillion":0.0,"outputPricePerMillion":0.0,
                      "free":true,"default":true},
                     {"id":"two","name":"Two","contextLength":null,"inputPricePerMillion":null,"outputPricePerMillion":null,
                      "free":false,"default":false}],"from":"documented","asOf":"1970-01-01T00:00:00Z"}"""));
            assertThat(server.get("/models?provider=other").body()).contains("UNKNOWN_PROVIDER");
            assertThat(server.get("/models").statusCode()).isEqualTo(400);
            assertThat(server.get("/openapi.json").body())
                    .contains("\"listModels\"", "\"default\":{\"type\":\"boolean\"}")
                    .doesNotContain("preferred");
        }
    }
}

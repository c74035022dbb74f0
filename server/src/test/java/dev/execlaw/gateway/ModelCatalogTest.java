package dev.execlaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.gateway.GatewaySession.Route;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Lists of models: live, kept, fallen back to. */
class ModelCatalogTest {

    private static final ProviderSettings ANTHROPIC = provider("anthropic", ProviderSettings.Kind.ANTHROPIC, true);
    private static final ProviderSettings ROUTER = provider("router", ProviderSettings.Kind.OPENROUTER, true);
    private static final ProviderSettings LOCAL = provider("local", ProviderSettings.Kind.OPENAI_COMPATIBLE, false);
    private static final ProviderSettings OPENAI = new ProviderSettings(
            "openai",
            "O",
            ProviderSettings.Kind.OPENAI_COMPATIBLE,
            "https://api.openai.com/v1",
            true,
            List.of("gpt-4o"));
    private static final ProviderSettings DEMO =
            new ProviderSettings("demo", "Demo", ProviderSettings.Kind.DEMO, null, false, List.of("demo"));

    private final List<String> asked = new ArrayList<>();
    private Instant now = Instant.EPOCH;
    private List<ModelInfo> answer = List.of(new ModelInfo("x", "X", 7, new Price(1, 2, null), false));
    private boolean down;
    private final ModelCatalog catalog = new ModelCatalog(
            new Providers(List.of(DEMO, ANTHROPIC, ROUTER, LOCAL, OPENAI)),
            (provider, key) -> {
                asked.add(provider.id() + key.orElse(""));
                if (down) {
                    throw new IOException("down");
                }
                return answer;
            },
            () -> now);

    private static ProviderSettings provider(String id, ProviderSettings.Kind kind, boolean needsKey) {
        return new ProviderSettings(id, id, kind, "http://127.0.0.1:1/v1", needsKey, List.of());
    }

    @Test
    void withoutAKeyNobodyIsAskedAndWhatWasDocumentedIsTold() {
        List<ModelInfo> models = catalog.models("anthropic", Optional.empty());
        assertThat(asked).isEmpty();
        assertThat(models.getFirst())
                .isEqualTo(new ModelInfo(
                        "claude-sonnet-5-5", "Claude Sonnet 5.5", 1_000_000, new Price(2, 10, 0.1), true));
        assertThat(models.stream().filter(ModelInfo::preferred)).hasSize(1);
        assertThat(BuiltInModels.asOf()).isBefore(LocalDate.of(2027, 1, 1));
        assertThat(catalog.price("anthropic", "claude-haiku-4-5-20251001")).contains(new Price(1, 5, 0.1));
        assertThat(catalog.price("anthropic", "nobody")).isEmpty();
        assertThat(catalog.price("nowhere", "m")).isEmpty();
        assertThat(catalog.price("demo", "demo").orElseThrow().free()).isTrue();
        assertThat(catalog.models("demo", Optional.empty())).hasSize(1).allMatch(ModelInfo::preferred);
        assertThat(catalog.nearest("anthropic", "claude-sonet-5-5")).contains("claude-sonnet-5-5");
        assertThatThrownBy(() -> catalog.models("nowhere", Optional.empty()))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("nowhere");
    }

    @Test
    void aListIsKeptForAnHourForEachAccountAndTheLastOneWhenTheProviderIsDown() {
        assertThat(catalog.models("local", Optional.empty()))
                .extracting(ModelInfo::id)
                .containsExactly("x");
        assertThat(catalog.defaultModel("local", Optional.empty())).contains("x");
        assertThat(asked).containsExactly("local");
        catalog.models("local", Optional.of("k"));
        assertThat(asked).containsExactly("local", "localk");
        down = true;
        now = now.plus(ModelCatalog.FRESH);
        assertThat(catalog.models("local", Optional.empty())).hasSize(1);
        catalog.models("local", Optional.empty());
        assertThat(asked).as("a provider that is down is left in peace").hasSize(3);
        down = false;
        answer = List.of(new ModelInfo("y", "Y", null, null, false));
        now = now.plus(ModelCatalog.AGAIN).plus(Duration.ofSeconds(1));
        assertThat(catalog.models("local", Optional.empty()))
                .extracting(ModelInfo::id)
                .containsExactly("y");
        assertThat(catalog.price("local", "x"))
                .as("from the other account's list")
                .contains(new Price(1, 2, null));
    }

    @Test
    void aListSaysWhereItIsFromAndOfWhen() {
        assertThat(catalog.listing("demo", Optional.empty()).from()).isEqualTo(ModelListing.From.CONFIGURED);
        ModelListing documented = catalog.listing("anthropic", Optional.empty());
        assertThat(documented.from()).isEqualTo(ModelListing.From.DOCUMENTED);
        assertThat(documented.asOf())
                .isEqualTo(BuiltInModels.asOf().atStartOfDay(ZoneOffset.UTC).toInstant());
        Instant first = now;
        assertThat(catalog.listing("local", Optional.empty()).from()).isEqualTo(ModelListing.From.LIVE);
        down = true;
        now = now.plus(ModelCatalog.FRESH);
        ModelListing kept = catalog.listing("local", Optional.empty());
        assertThat(kept.from()).isEqualTo(ModelListing.From.KEPT);
        assertThat(kept.asOf()).isEqualTo(first);
        assertThat(catalog.listing("local", Optional.of("another account")).from())
                .as("never told anything to this account")
                .isEqualTo(ModelListing.From.CONFIGURED);
    }

    @Test
    void configuredModelsComeFirst() {
        answer = List.of(
                new ModelInfo("gpt-5.6-terra", "T", null, null, false), new ModelInfo("gpt-4o", "4o", 5, null, false));
        List<ModelInfo> models = catalog.models("openai", Optional.of("k"));
        assertThat(models).extracting(ModelInfo::id).containsExactly("gpt-4o", "gpt-5.6-terra");
        assertThat(models.getFirst().preferred()).isTrue();
        assertThat(models.getFirst().name()).isEqualTo("4o");
    }

    @Test
    void listsAreReadInEachProvidersForm() throws Exception {
        assertThat(ModelLists.read(ROUTER, bytes("""
                {"data":[{"id":"a/b","name":"A: B","context_length":131072,"pricing":{"prompt":"0.000003","completion":"0.000015",
                  "input_cache_read":"0.0000003","request":"0"}},
                 {"id":"c:free","name":"C","context_length":32000,"pricing":{"prompt":"0","completion":"0"}},
                 {"id":"openrouter/auto","name":"Auto","context_length":2000000,"pricing":{"prompt":"-1","completion":"-1"}},{"x":1}]}""")))
                .containsExactly(
                        new ModelInfo("a/b", "A: B", 131_072, new Price(3, 15, 0.3), false),
                        new ModelInfo("c:free", "C", 32_000, new Price(0, 0, null), false),
                        new ModelInfo("openrouter/auto", "Auto", 2_000_000, null, false));
        assertThat(ModelLists.read(ANTHROPIC, bytes("""
                {"data":[{"type":"model","id":"claude-haiku-4-5-20251001","display_name":"Claude Haiku 4.5",
                  "created_at":"2025-10-15T00:00:00Z","max_input_tokens":200000,"max_tokens":64000}],"has_more":false}""")))
                .containsExactly(new ModelInfo(
                        "claude-haiku-4-5-20251001", "Claude Haiku 4.5", 200_000, new Price(1, 5, 0.1), false));
        assertThat(ModelLists.read(OPENAI, bytes("""
                {"object":"list","data":[{"id":"text-embedding-3-small","object":"model"},{"id":"gpt-4o","object":"model"}]}""")))
                .containsExactly(new ModelInfo("gpt-4o", "gpt-4o", 128_000, new Price(2.5, 10, 1.25), false));
        assertThat(ModelLists.read(LOCAL, bytes("[{\"id\":\"q\",\"max_model_len\":4096}]")))
                .containsExactly(new ModelInfo("q", "q", 4_096, null, false));
        for (String broken : List.of("", "<html>", "{}", "{\"data\":[]}", "{\"data\":{\"id\":1}}", "[1,2]")) {
            assertThatThrownBy(() -> ModelLists.read(LOCAL, bytes(broken)))
                    .as(broken)
                    .isInstanceOf(IOException.class);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void theGatewayAsksTheProviderItselfAndSaysWhatWasMeant() throws Exception {
        try (GatewayFixture fixture = new GatewayFixture()) {
            fixture.upstream.script((out, _) -> FakeUpstream.status(
                    out, "200 OK", "", "{\"object\":\"list\",\"data\":[{\"id\":\"qwen3:8b\",\"object\":\"model\"}]}"));
            ModelCatalog live = fixture.gateway.catalog();
            assertThat(live.models("up", Optional.of(GatewayFixture.KEY)))
                    .containsExactly(new ModelInfo("qwen3:8b", "qwen3:8b", null, null, true));
            assertThat(fixture.upstream.heads.getFirst())
                    .contains("GET /v1/models HTTP/1.1", "Authorization: Bearer " + GatewayFixture.KEY);
            live.models("anthropic", Optional.of(GatewayFixture.KEY));
            assertThat(fixture.upstream.heads.get(1))
                    .contains("GET /v1/models?limit=1000 HTTP/1.1", "x-api-key: " + GatewayFixture.KEY);
            fixture.upstream.script((out, _) -> FakeUpstream.status(
                    out, "404 Not Found", "", "{\"error\":{\"message\":\"model 'qwen3:8' not found\"}}"));
            fixture.route = new Route("up", "qwen3:8", GatewayFixture.KEY, null, null, null);
            assertThat(GatewayFixture.text(fixture.ask(true))).contains("did you mean \"qwen3:8b\"?");
            assertThat(live.models("nowhere", Optional.empty())).isEmpty();
        }
    }
}

package dev.execlaw.gateway;

import static dev.execlaw.gateway.FakeUpstream.end;
import static dev.execlaw.gateway.FakeUpstream.status;
import static dev.execlaw.gateway.FakeUpstream.stream;
import static dev.execlaw.gateway.FakeUpstream.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.gateway.GatewaySession.Route;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What each kind of provider is sent, as it arrives there. */
class ProviderDialectsTest {

    private GatewayFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new GatewayFixture();
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private static Transcript transcript(String name) {
        return Transcript.all().stream()
                .filter(each -> each.toString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void anthropicGetsItsHeadersAndItsThinkingBackWithTheResult() throws Exception {
        fixture.route = new Route("anthropic", "claude-sonnet-5-5", GatewayFixture.KEY, "Be brief.", null, 500);
        fixture.upstream.script(
                (out, _) -> transcript("anthropic/thinking-tool").play(out, 1 << 20, ""));
        String id = "toolu_01T1x1fJ34qAmk2tNTrN7Up6";
        assertThat(fixture.ask(true).getContentAsString()).contains(id, "\"finish_reason\":\"tool_calls\"", "[DONE]");
        fixture.upstream.script((out, _) -> transcript("anthropic/text").play(out, 1 << 20, ""));
        fixture.request(GatewayFixture.body(
                        true,
                        ",{\"role\":\"assistant\",\"content\":\"I look.\",\"tool_calls\":[{\"id\":\"" + id
                                + "\",\"type\":\"function\",\"function\":{\"name\":\"shell\",\"arguments\":\"{}\"}}]}"
                                + ",{\"role\":\"tool\",\"tool_call_id\":\"" + id + "\",\"content\":\"a b\"}"))
                .send();
        assertThat(fixture.upstream.heads.getFirst().lines())
                .contains(
                        "POST /v1/messages HTTP/1.1",
                        "x-api-key: " + GatewayFixture.KEY,
                        "anthropic-version: 2023-06-01")
                .noneMatch(line -> line.toLowerCase(java.util.Locale.ROOT).startsWith("authorization"));
        JsonNode first = fixture.upstream.requests.getFirst();
        assertThat(first.at("/system/0/text").stringValue()).isEqualTo("Be brief.");
        assertThat(first.at("/messages/0/content/0/text").stringValue()).isEqualTo("the real text");
        assertThat(first.get("max_tokens").intValue()).isEqualTo(500);
        JsonNode second = fixture.upstream.requests.get(1);
        assertThat(second.at("/messages/1/content")).isEqualTo(Json.MAPPER.readTree("""
                [{"type":"thinking","thinking":"The user wants a listing.","signature":"EqQBCgIYAhIM1gbcDa9GJwZA2b3h"},
                 {"type":"text","text":"I look."},
                 {"type":"tool_use","id":"toolu_01T1x1fJ34qAmk2tNTrN7Up6","name":"shell","input":{"command":"ls -l"}}]"""));
        assertThat(second.at("/messages/2/content/0/tool_use_id").stringValue()).isEqualTo(id);
        assertThat(fixture.traffic.log()).contains("tool_result #1 ok null a b", "finished last");
    }

    @Test
    void redactedThinkingComesBackToo() throws Exception {
        fixture.route = new Route("anthropic", "m", GatewayFixture.KEY, null, null, null);
        fixture.upstream.script(
                (out, _) -> transcript("anthropic/redacted-parallel-tools").play(out, 3, ""));
        fixture.ask(false);
        fixture.request(GatewayFixture.body(
                        false,
                        ",{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"toolu_a\",\"function\":{\"name\":\"shell\"}},"
                                + "{\"id\":\"toolu_b\",\"function\":{\"name\":\"file_read\"}}]}"
                                + ",{\"role\":\"tool\",\"tool_call_id\":\"toolu_a\",\"content\":\"1\"}"
                                + ",{\"role\":\"tool\",\"tool_call_id\":\"toolu_b\",\"content\":\"2\"}"))
                .send();
        assertThat(fixture.upstream.requests.get(1).at("/messages/1/content/0"))
                .isEqualTo(Json.MAPPER.readTree(
                        "{\"type\":\"redacted_thinking\",\"data\":\"EmwKAhgBEgy3va3pzix/LafPsn4a\"}"));
    }

    @Test
    void openRouterIsToldWhoAsksAndAskedWhatItCosts() throws Exception {
        fixture.route = new Route("openrouter", "a/b", GatewayFixture.KEY, null, null, null);
        fixture.upstream.script(
                (out, _) -> transcript("openrouter/reasoning-and-cost").play(out, 1 << 20, ""));
        fixture.request(GatewayFixture.body(true, "").replaceFirst("\\{", "{\"reasoning_effort\":\"low\","))
                .send();
        assertThat(fixture.upstream.heads.getFirst())
                .contains(
                        "X-Title: ExeClaw",
                        "X-OpenRouter-Title: ExeClaw",
                        "Authorization: Bearer " + GatewayFixture.KEY)
                .containsIgnoringCase("accept-encoding: identity");
        JsonNode request = fixture.upstream.requests.getFirst();
        assertThat(request.at("/usage/include").booleanValue()).isTrue();
        assertThat(request.at("/reasoning/effort").stringValue()).isEqualTo("low");
        assertThat(request.has("reasoning_effort")).isFalse();
    }

    @Test
    void aFieldThatAModelRefusesIsLeftOutThenAndLater() throws Exception {
        fixture.upstream.script((out, request) -> {
            for (String field : List.of("max_tokens", "temperature", "stream_options")) {
                if (request.has(field)) {
                    status(
                            out,
                            "400 Bad",
                            "",
                            field.equals("stream_options")
                                    ? "{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"stream_options\"],"
                                            + "\"msg\":\"Extra inputs are not permitted\"}]}"
                                    : "{\"error\":{\"message\":\"Unsupported parameter: '" + field
                                            + "' is not supported with this model.\",\"param\":\"" + field
                                            + "\",\"code\":\"unsupported_parameter\"}}");
                    return;
                }
            }
            stream(out);
            text(out, "fine");
            end(out, "stop");
        });
        fixture.route = new Route("up", "strict", GatewayFixture.KEY, null, 0.3, 77);
        assertThat(GatewayFixture.text(fixture.ask(true))).isEqualTo("fine");
        assertThat(fixture.upstream.requests).hasSize(4);
        assertThat(fixture.upstream
                        .requests
                        .getLast()
                        .get("max_completion_tokens")
                        .intValue())
                .isEqualTo(77);
        assertThat(GatewayFixture.text(fixture.ask(false))).isEqualTo("fine");
        assertThat(fixture.upstream.requests).as("it has been learned").hasSize(5);
    }

    @Test
    void aRefusalForAnotherReasonIsToldOnce() throws Exception {
        fixture.upstream.script((out, _) -> status(
                out,
                "400 Bad",
                "",
                "{\"error\":{\"message\":\"temperature must be at most 2\",\"param\":\"temperature\"}}"));
        fixture.route = new Route("up", "m", GatewayFixture.KEY, null, 3.0, null);
        fixture.ask(true);
        assertThat(fixture.upstream.requests).hasSize(1);
        assertThat(fixture.traffic.log().getLast())
                .startsWith("failed INVALID_REQUEST")
                .contains("at most 2");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            gpt-4o-mini        , false , high , 0.5 , high
            gpt-5-chat-latest  , false , ''   , 0.5 , ''
            gpt-5              , true  , low  , -   , low
            gpt-5.1            , true  , none , 0.5 , none
            gpt-5.6-terra      , true  , high , 0.5 , none
            gpt-6.2-astra      , true  , ''   , 0.5 , none
            ft:gpt-4o:me::x    , false , ''   , 0.5 , ''
            o4-mini            , true  , ''   , -   , ''
            """)
    void openAiModelsGetWhatTheyTake(String model, boolean reasoning, String effort, String temperature, String sent) {
        ObjectNode body = (ObjectNode)
                Json.MAPPER.readTree("{\"max_tokens\":5,\"temperature\":0.5,\"tools\":[{\"type\":\"function\"}]}");
        if (!effort.isEmpty()) {
            body.put("reasoning_effort", effort);
        }
        assertThat(OpenAiModel.named(model).reasoning()).isEqualTo(reasoning);
        OpenAiModel.named(model).adapt(body);
        assertThat(body.get("max_completion_tokens").intValue()).isEqualTo(5);
        assertThat(body.has("max_tokens")).isFalse();
        assertThat(body.has("temperature") ? body.get("temperature").toString() : "-")
                .isEqualTo(temperature);
        assertThat(body.path("reasoning_effort").asString("")).isEqualTo(sent);
    }

    @ParameterizedTest
    @EnumSource(value = ProviderSettings.Kind.class, names = "DEMO", mode = EnumSource.Mode.EXCLUDE)
    void howTheSessionAsksIsInWhatTheProviderGets(ProviderSettings.Kind kind) throws Exception {
        fixture.route = new Route(
                kind.name().toLowerCase(Locale.ROOT),
                "claude-opus-4-5",
                GatewayFixture.KEY,
                "Be brief.",
                0.25,
                777,
                null);
        fixture.ask(true);
        JsonNode sent = fixture.upstream.requests.getLast();
        assertThat(sent.path("model").asString()).isEqualTo("claude-opus-4-5");
        assertThat(sent.path("temperature").asDouble()).isEqualTo(0.25);
        assertThat(sent.path("max_tokens").asInt()).isEqualTo(777);
        assertThat(sent.toString()).contains("Be brief.", "the real text").doesNotContain(GatewayFixture.REFERENCE);
        fixture.route = new Route(
                kind.name().toLowerCase(Locale.ROOT),
                "claude-opus-4-5",
                GatewayFixture.KEY,
                null,
                null,
                20_000,
                "high");
        fixture.ask(true);
        JsonNode effort = fixture.upstream.requests.getLast();
        switch (kind) {
            case OPENROUTER ->
                assertThat(effort.at("/reasoning/effort").asString()).isEqualTo("high");
            case OPENAI_COMPATIBLE ->
                assertThat(effort.path("reasoning_effort").asString()).isEqualTo("high");
            case ANTHROPIC ->
                assertThat(effort.at("/thinking/budget_tokens").asInt()
                                + effort.at("/output_config/effort")
                                        .asString("")
                                        .length())
                        .isPositive();
            case DEMO -> throw new IllegalArgumentException("it is no provider over the network");
        }
        assertThat(effort.path("temperature").isMissingNode()).isTrue();
    }
}

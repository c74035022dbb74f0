package dev.execlaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.gateway.GatewaySession.MessageText;
import dev.execlaw.gateway.GatewaySession.Route;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class ChatRequestTest {

    private static final String A = "execlaw-message-aaaaaaaaaaaaaaaa";
    private static final String B = "execlaw-message-bbbbbbbbbbbbbbbb";
    private static final Route PLAIN = new Route("demo", "demo", null, null, null, null);

    private final ObjectNode body = Json.MAPPER.createObjectNode();
    private final ArrayNode messages = body.putArray("messages");

    private static Optional<MessageText> texts(String token) {
        return token.equals(A)
                ? Optional.of(new MessageText("ma", "text $1 \\ of\na"))
                : token.equals(B) ? Optional.of(new MessageText("mb", "b")) : Optional.empty();
    }

    private void add(String role, String content) {
        messages.addObject().put("role", role).put("content", content);
    }

    private ChatRequest request() throws GuestError {
        return ChatRequest.parse(body.toString().getBytes(StandardCharsets.UTF_8));
    }

    private Optional<String> turn() throws GuestError {
        return request().turn(ChatRequestTest::texts).map(MessageText::id);
    }

    @Test
    void theNewestUserMessageNamesTheTurn() throws GuestError {
        add("user", A);
        add("assistant", "x");
        add("user", " " + B + "\n");
        assertThat(turn()).contains("mb");
        add("assistant", "");
        add("user", "[Tool results]\n<tool_result ...");
        add("user", "SYSTEM: You just promised to go on");
        assertThat(turn()).contains("mb");
    }

    @Test
    void sideRequestsBelongToNoTurn() throws GuestError {
        add("user", "typed at the console");
        assertThat(turn()).isEmpty();
        add("user", "Sum this up: user: " + A + " assistant: ok user: " + B);
        assertThat(turn()).isEmpty();
        add("user", "execlaw-message-zzzzzzzzzzzzzzzz");
        assertThat(turn()).isEmpty();
        add("user", "[Memory context]\n- " + A + "\n\n" + B);
        assertThat(turn()).contains("mb");
    }

    @Test
    void referencesBecomeTextsInUserMessagesOnly() throws GuestError {
        add("user", "say " + A + " and execlaw-message-zzzzzzzzzzzzzzzz");
        add("assistant", A);
        messages.addObject()
                .put("role", "user")
                .putArray("content")
                .addObject()
                .put("type", "text")
                .put("text", B);
        JsonNode out = request().forProvider(PLAIN, "s", ChatRequestTest::texts).get("messages");
        assertThat(out.get(0).get("content").stringValue())
                .isEqualTo("say text $1 \\ of\na and execlaw-message-zzzzzzzzzzzzzzzz");
        assertThat(out.get(1).get("content").stringValue()).isEqualTo(A);
        assertThat(out.get(2).get("content").get(0).get("text").stringValue()).isEqualTo("b");
    }

    @Test
    void theRouteDecides() throws GuestError {
        body.put("model", "guest's").put("max_completion_tokens", 5).put("stream", false);
        add("system", "own");
        add("user", "x");
        JsonNode out = request().forProvider(new Route("p", "m", "k", "be kind", 0.5, 7), "s1", ChatRequestTest::texts);
        assertThat(out.get("model").stringValue()).isEqualTo("m");
        assertThat(out.get("user").stringValue()).isEqualTo("s1");
        assertThat(out.get("temperature").doubleValue()).isEqualTo(0.5);
        assertThat(out.get("max_tokens").intValue()).isEqualTo(7);
        assertThat(out.has("max_completion_tokens")).isFalse();
        assertThat(out.get("stream").booleanValue()).isTrue();
        assertThat(out.get("stream_options").get("include_usage").booleanValue())
                .isTrue();
        assertThat(out.get("messages").get(0).get("content").stringValue()).isEqualTo("be kind\n\nown");
        assertThat(out.get("messages")).hasSize(2);
    }

    @Test
    void aSystemPromptWithoutAnAgentsOwnComesFirst() throws GuestError {
        add("user", "x");
        JsonNode out =
                request().forProvider(new Route("p", "m", null, "be kind", null, null), "s", t -> Optional.empty());
        assertThat(out.get("messages").get(0).toString()).isEqualTo("{\"role\":\"system\",\"content\":\"be kind\"}");
        assertThat(out.get("messages")).hasSize(2);
    }

    @Test
    void badBodiesAreRefused() {
        for (String bad :
                new String[] {"", "{", "[]", "{}", "{\"messages\":[]}", "{\"messages\":[1]}", "\u0000\u0001"}) {
            assertThatThrownBy(() -> ChatRequest.parse(bad.getBytes(StandardCharsets.UTF_8)))
                    .as(bad)
                    .isInstanceOf(GuestError.class);
        }
    }
}

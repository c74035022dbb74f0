package dev.execlaw.gateway;

import dev.execlaw.gateway.GatewaySession.MessageText;
import dev.execlaw.gateway.GatewaySession.Route;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A guest's request for a completion.
 *
 * <p>It belongs to the user's turn when the newest user message ends with a message's reference, results of tools and the
 * agent's own notes ({@code SYSTEM: ...}) not counted. A summary quotes many references, so more than one counts only
 * behind the recollections that nullclaw puts before a message ({@code [Memory context]}), and none in a request that
 * asks for a summary. What else there is, {@link Strands} tells apart.
 */
final class ChatRequest {

    private static final int MOST_REFERENCES = 10_000;

    private final ObjectNode body;
    private final JsonNode messages;
    private final Set<String> tools;
    /** Texts by their references, as far as they were looked up. */
    private final Map<String, Optional<MessageText>> known = new HashMap<>();

    private ChatRequest(ObjectNode body) {
        this.body = body;
        this.messages = body.get("messages");
        Set<String> names = new HashSet<>();
        for (JsonNode tool : body.path("tools")) {
            names.add(tool.path("function").path("name").asString(""));
        }
        this.tools = Set.copyOf(names);
    }

    static ChatRequest parse(byte[] bytes) throws GuestError {
        JsonNode body;
        try {
            body = Json.MAPPER.readTree(bytes);
        } catch (JacksonException e) {
            throw new GuestError(400, "invalid_json", "the body is not JSON: " + e.getOriginalMessage());
        }
        if (!(body instanceof ObjectNode object)) {
            throw new GuestError(400, "invalid_request", "the body must be a JSON object");
        }
        if (!body.path("messages").isArray() || body.get("messages").isEmpty()) {
            throw new GuestError(400, "invalid_request", "\"messages\" must be an array with at least one message");
        }
        for (JsonNode message : body.get("messages")) {
            if (!message.isObject()) {
                throw new GuestError(400, "invalid_request", "each of \"messages\" must be an object");
            }
        }
        return new ChatRequest(object);
    }

    boolean streaming() {
        return body.path("stream").asBoolean(false);
    }

    /** Whether the guest asked for a last chunk with the usage. */
    boolean wantsUsage() {
        return body.path("stream_options").path("include_usage").asBoolean(false);
    }

    /** Whether the agent takes tool calls as the API has them, and not only as tags in the text. */
    boolean nativeTools() {
        return !tools.isEmpty();
    }

    /** Whether a tag in the answer's text may call this tool. */
    boolean taggable(String tool) {
        return tools.isEmpty() || tools.contains(tool);
    }

    JsonNode messages() {
        return messages;
    }

    /** The message whose turn this request belongs to by its reference; empty where it has none. */
    Optional<MessageText> turn(Function<String, Optional<MessageText>> texts) {
        return SideMarks.asksForSummary(messages)
                ? Optional.empty()
                : reference(question().strip()).flatMap(texts);
    }

    /** What it is about if it is not the user's. */
    SideKind sideKind() {
        return SideMarks.kind(body, question());
    }

    /** The newest user message that is neither results of tools nor the agent's own note; empty when there is none. */
    String question() {
        for (int i = messages.size() - 1; i >= 0; i--) {
            JsonNode message = messages.get(i);
            String text = Json.text(message.path("content"));
            if (ToolResults.role(message).equals("user")
                    && !text.startsWith(ToolResults.MARK)
                    && !text.startsWith(SideMarks.NOTE)) {
                return text;
            }
        }
        return "";
    }

    private static Optional<String> reference(String text) {
        boolean recollections = text.startsWith("[Memory context]");
        String last = "";
        Matcher matcher = MessageReference.PATTERN.matcher(text);
        while (matcher.find()) {
            String found = matcher.group();
            if (!recollections && !last.isEmpty() && !found.equals(last)) {
                return Optional.empty();
            }
            last = found;
        }
        return !last.isEmpty() && text.endsWith(last) ? Optional.of(last) : Optional.empty();
    }

    /**
     * Looks up the texts that its references stand for, each once. A short request may stand for a very long one.
     *
     * @param most characters that all of them together may have
     * @return characters that they have
     */
    int expansion(Function<String, Optional<MessageText>> texts, int most) throws GuestError {
        long sum = 0;
        for (JsonNode message : messages) {
            if (!ToolResults.role(message).equals("user")) {
                continue;
            }
            Matcher matcher = MessageReference.PATTERN.matcher(Json.text(message.path("content")));
            while (matcher.find()) {
                sum += known.computeIfAbsent(matcher.group(), texts)
                        .map(MessageText::text)
                        .map(String::length)
                        .orElse(0);
                if (sum > most) {
                    throw new GuestError(
                            413,
                            "body_too_large",
                            "the messages that this request refers to are longer than " + most + " characters");
                }
                if (known.size() > MOST_REFERENCES) {
                    throw new GuestError(
                            413,
                            "body_too_complex",
                            "the request refers to more than " + MOST_REFERENCES + " messages");
                }
            }
        }
        return (int) sum;
    }

    /**
     * The request as the provider gets it: real texts for references, the route's model and settings, streamed, with
     * usage.
     */
    ObjectNode forProvider(Route route, String user, Function<String, Optional<MessageText>> all) {
        Function<String, Optional<MessageText>> texts = token -> known.computeIfAbsent(token, all);
        ObjectNode out = body.deepCopy();
        ArrayNode list = (ArrayNode) out.get("messages");
        for (JsonNode message : list) {
            if (ToolResults.role(message).equals("user")) {
                resolve((ObjectNode) message, texts);
            }
        }
        String prompt = route.systemPrompt();
        if (prompt != null && !prompt.isBlank()) {
            prepend(list, prompt);
        }
        out.put("model", route.model());
        out.put("user", user);
        out.put("stream", true);
        out.putObject("stream_options").put("include_usage", true);
        set(out, "temperature", route.temperature());
        Integer maxTokens = route.maxTokens();
        if (maxTokens != null) {
            out.remove("max_completion_tokens");
            out.put("max_tokens", maxTokens);
        }
        String effort = route.reasoningEffort();
        if (effort != null) {
            out.put("reasoning_effort", effort);
        }
        return out;
    }

    private static void set(ObjectNode out, String key, @Nullable Double value) {
        if (value != null) {
            out.put(key, value);
        }
    }

    private static void prepend(ArrayNode messages, String prompt) {
        if (messages.get(0) instanceof ObjectNode first
                && ToolResults.role(first).equals("system")) {
            first.put("content", prompt + "\n\n" + Json.text(first.path("content")));
        } else {
            messages.insertObject(0).put("role", "system").put("content", prompt);
        }
    }

    private static void resolve(ObjectNode message, Function<String, Optional<MessageText>> texts) {
        JsonNode content = message.path("content");
        if (content.isString()) {
            message.put("content", resolve(content.stringValue(), texts));
            return;
        }
        for (JsonNode part : content) {
            if (part instanceof ObjectNode object && part.path("text").isString()) {
                object.put("text", resolve(part.get("text").stringValue(), texts));
            }
        }
    }

    private static String resolve(String text, Function<String, Optional<MessageText>> texts) {
        return MessageReference.PATTERN
                .matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(
                        texts.apply(match.group()).map(MessageText::text).orElse(match.group())));
    }
}

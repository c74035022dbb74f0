package dev.execlaw.session;

import dev.execlaw.event.EventPayload;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an agent's console shows of one turn, as events: all there is where the model's traffic is not seen. Tool calls
 * only where the agent prints the model's tags, and never their results. Used by one thread.
 */
final class ConsoleAnswer {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private static final Pattern OPEN = Pattern.compile("<(think|tool_call|tool_result)\\b[^>\\n]*>");
    /** What may turn out to be the begin of a tag, or the prompt and the empty line before it. */
    private static final Pattern UNDECIDED = Pattern.compile("(?:<[^>\\n]{0,80}|\\s+|\\s*\\n(?:> ?)+)$|^(?:> ?)+$");

    private static final Pattern PROMPT = Pattern.compile("\\s*(?:(?:^|\\n)(?:> ?)+)?$");
    private static final int LIMIT = 4 << 20;

    private final String turn;
    private final Consumer<EventPayload> events;
    private final StringBuilder rest = new StringBuilder();
    private boolean begun;
    private int parts = 1;
    private int calls;

    /** @param turn prefix of the ids, unique among turns */
    ConsoleAnswer(String turn, Consumer<EventPayload> events) {
        this.turn = turn;
        this.events = events;
    }

    /** The console shows more. */
    void print(String text) {
        rest.append(text.replace("\r", ""));
        while (tag(false)) {
            // the next one
        }
        Matcher open = OPEN.matcher(rest);
        boolean within = open.find();
        if (!within || rest.length() > LIMIT) {
            Matcher tail = UNDECIDED.matcher(rest);
            text(take(rest.length() <= LIMIT && tail.find() ? tail.start() : rest.length()));
        } else {
            text(take(open.start()));
        }
    }

    /** Something else happened: what follows is another part. */
    void breaks() {
        parts++;
    }

    /** The agent is at its prompt. */
    void end() {
        Matcher prompt = PROMPT.matcher(rest);
        if (prompt.find()) {
            rest.setLength(prompt.start());
        }
        while (tag(true)) {
            // the next one
        }
        text(take(rest.length()));
    }

    /** Takes the first tag, where it is whole. */
    private boolean tag(boolean last) {
        Matcher open = OPEN.matcher(rest);
        if (!open.find()) {
            return false;
        }
        String name = open.group(1);
        String close = "</" + name + ">";
        int end = rest.indexOf(close, open.end());
        if (end < 0) {
            return false;
        }
        int from = open.start();
        String body = rest.substring(open.end(), end);
        String whole = rest.substring(from, end + close.length());
        text(take(from));
        take(whole.length());
        switch (name) {
            case "think" -> {
                parts++;
                events.accept(new EventPayload.Thinking(body.strip(), turn + "-" + parts));
                parts++;
            }
            case "tool_call" -> call(body, whole);
            default -> {} // a result that the model made up
        }
        return !last || !rest.isEmpty();
    }

    private void call(String body, String whole) {
        try {
            JsonNode call = MAPPER.readTree(body);
            String name = call.path("name").asString("");
            if (!name.isEmpty()) {
                calls++;
                parts++;
                events.accept(new EventPayload.ToolCall(turn + "-t" + calls, name, call.path("arguments")));
                return;
            }
        } catch (JacksonException _) {
            // It only looks like a call.
        }
        text(whole);
    }

    private String take(int length) {
        String taken = rest.substring(0, length);
        rest.delete(0, length);
        return taken;
    }

    private void text(String text) {
        String shown = begun ? text : text.stripLeading();
        if (!shown.isEmpty()) {
            begun = true;
            events.accept(new EventPayload.Message(shown, turn + "-" + parts));
        }
    }
}

package dev.execlaw.gateway;

import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the tags that some models and agents write into the text of an answer, split anywhere:
 *
 * <ul>
 *   <li>{@code <think>...</think>} at the start of a line is reasoning,
 *   <li>{@code <tool_call>{"name": ..., "arguments": {...}}</tool_call>} is a tool call,
 *   <li>{@code <tool_result ...>...</tool_result>} is a result that the model made up, and is left out.
 * </ul>
 *
 * What only looks like a tag stays text: a call that is not a JSON object with a known name, a tag never closed. Lives on
 * the thread of its call.
 */
final class TagParser {

    /** Characters within one tag at most; a longer one is text. */
    static final int LIMIT = 4 << 20;

    private static final int NONE = -1;
    private static final Pattern RESULT_HEAD = Pattern.compile("(?:\\s+\\w+=\"[^\"]*+\")*+\\s*+>");

    private enum Tag {
        THINK("<think>", "</think>"),
        CALL("<tool_call>", "</tool_call>"),
        RESULT("<tool_result", "</tool_result>");

        private final String open;
        private final String close;

        Tag(String open, String close) {
            this.open = open;
            this.close = close;
        }
    }

    private final AnswerSink sink;
    private final Predicate<String> tools;
    private final IntSupplier numbers;
    private final StringBuilder rest = new StringBuilder();
    private Optional<Tag> within = Optional.empty();
    private boolean lineStart = true;
    private boolean called;
    /** How much of an open block was searched for its end already. */
    private int searched;
    /** How much of an open call was scanned already. */
    private int scanned;

    private @Nullable CallScanner scanner;
    private int number = NONE;

    /**
     * @param tools whether a tool of this name may be called by a tag
     * @param numbers of the answer's calls
     */
    TagParser(AnswerSink sink, Predicate<String> tools, IntSupplier numbers) {
        this.sink = sink;
        this.tools = tools;
        this.numbers = numbers;
    }

    /** Whether a tool was called or may be about to be: what follows could still be taken back. */
    boolean toolPending() {
        return called || within.filter(tag -> tag == Tag.CALL).isPresent();
    }

    /** Whether a tool was called. */
    boolean called() {
        return called;
    }

    /** Takes more text. */
    void feed(String text) {
        rest.append(text);
        boolean more = true;
        while (more) {
            more = switch (within.orElse(null)) {
                case null -> outside();
                case THINK -> thinking();
                case CALL, RESULT -> block(within.get());
            };
        }
    }

    /** The text has ended: what is still open was no tag, but a call that is whole counts. */
    void end() {
        Optional<Tag> open = within;
        scan(rest.length());
        String left = take(rest.length());
        within = Optional.empty();
        switch (open.orElse(null)) {
            case null -> text(left);
            case THINK -> think(left);
            case CALL -> {
                if (!call(left)) {
                    text(Tag.CALL.open + left);
                }
            }
            case RESULT -> text(Tag.RESULT.open + left);
        }
    }

    private boolean outside() {
        int at = rest.indexOf("<");
        while (at >= 0) {
            for (Tag tag : Tag.values()) {
                int length = Math.min(tag.open.length(), rest.length() - at);
                boolean here = rest.substring(at, at + length).equals(tag.open.substring(0, length))
                        && (tag != Tag.THINK || startsLine(at));
                if (here) {
                    text(take(at));
                    if (length < tag.open.length()) {
                        return false;
                    }
                    take(length);
                    enter(tag);
                    return true;
                }
            }
            at = rest.indexOf("<", at + 1);
        }
        text(take(rest.length()));
        return false;
    }

    private boolean startsLine(int at) {
        return at == 0 ? lineStart : rest.charAt(at - 1) == '\n';
    }

    private boolean thinking() {
        int end = rest.indexOf(Tag.THINK.close);
        if (end < 0) {
            think(take(rest.length() - partialClose(Tag.THINK.close)));
            return false;
        }
        think(take(end));
        take(Tag.THINK.close.length());
        leave();
        return true;
    }

    private boolean block(Tag tag) {
        int end = rest.indexOf(tag.close, Math.max(0, searched - tag.close.length()));
        searched = rest.length();
        if (end < 0) {
            scan(rest.length() - partialClose(tag.close));
            if (rest.length() > LIMIT) {
                within = Optional.empty();
                withdraw();
                text(tag.open + take(rest.length()));
            }
            return false;
        }
        scan(end);
        String body = take(end);
        take(tag.close.length());
        leave();
        boolean read = tag == Tag.CALL ? call(body) : RESULT_HEAD.matcher(body).lookingAt();
        if (!read) {
            text(tag.open + body + tag.close);
        }
        return true;
    }

    /** Length of the longest start of {@code close} that ends what is there. */
    private int partialClose(String close) {
        for (int n = Math.min(close.length() - 1, rest.length()); n > 0; n--) {
            if (rest.substring(rest.length() - n).equals(close.substring(0, n))) {
                return n;
            }
        }
        return 0;
    }

    private void enter(Tag tag) {
        within = Optional.of(tag);
        scanner = tag == Tag.CALL ? new CallScanner(tools) : null;
        scanned = 0;
        number = NONE;
    }

    /** Looks for a call in what is there up to {@code end}, and gives more of it. */
    private void scan(int end) {
        CallScanner call = scanner;
        if (call == null || end <= scanned) {
            return;
        }
        call.feed(rest, scanned, end);
        scanned = end;
        if (call.found()) {
            boolean first = number == NONE;
            number = first ? numbers.getAsInt() : number;
            String more = call.takeArguments();
            if (first || !more.isEmpty()) {
                sink.toolPart(number, call.name(), more);
            }
        }
    }

    private void withdraw() {
        if (number != NONE) {
            sink.toolWithdrawn(number);
        }
    }

    private void leave() {
        within = Optional.empty();
        lineStart = true;
    }

    private boolean call(String body) {
        JsonNode call;
        try {
            call = Json.MAPPER.readTree(body);
        } catch (JacksonException e) {
            withdraw();
            return false;
        }
        JsonNode name = call.path("name");
        if (!call.isObject() || !name.isString() || !tools.test(name.stringValue())) {
            withdraw();
            return false;
        }
        called = true;
        JsonNode arguments = call.path("arguments");
        ObjectNode none = Json.MAPPER.createObjectNode();
        int known = number == NONE ? numbers.getAsInt() : number;
        sink.toolCall(known, "", name.stringValue(), arguments.isMissingNode() ? none : arguments);
        return true;
    }

    private void text(String text) {
        if (!text.isEmpty()) {
            lineStart = text.charAt(text.length() - 1) == '\n';
            sink.text(text);
        }
    }

    private void think(String text) {
        if (!text.isEmpty()) {
            sink.thinking(text);
        }
    }

    private String take(int length) {
        String taken = rest.substring(0, length);
        rest.delete(0, length);
        searched = 0;
        return taken;
    }
}

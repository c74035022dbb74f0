package dev.execlaw.gateway;

import java.util.function.Predicate;

/**
 * Reads a tool call {@code {"name": ..., "arguments": ...}} while it is being written: its name as soon as it is there,
 * then the text of its arguments as it comes. What it finds does not depend on how the text is split. It only follows
 * the nesting; whether the text is JSON at all, its end shows. Lives on the thread of its call.
 */
final class CallScanner {

    private static final int LONGEST_NAME = 256;

    private final Predicate<String> tools;
    private final StringBuilder word = new StringBuilder();
    private final StringBuilder arguments = new StringBuilder();
    private String key = "";
    private String name = "";
    private int depth;
    private boolean value;
    private boolean string;
    private boolean escaped;
    private boolean found;
    private boolean hopeless;

    /**
     * @param tools whether there is a tool of this name
     */
    CallScanner(Predicate<String> tools) {
        this.tools = tools;
    }

    /** Takes the characters {@code from} to {@code to}, the latter left out. */
    void feed(CharSequence text, int from, int to) {
        for (int i = from; i < to && !hopeless; i++) {
            char c = text.charAt(i);
            if (string) {
                inString(c);
            } else {
                outside(c);
            }
        }
    }

    /** Whether it began as a call of a tool that there is. */
    boolean found() {
        return found;
    }

    String name() {
        return name;
    }

    /** Text of the arguments that was not taken yet. A character of two halves is taken whole. */
    String takeArguments() {
        int end = arguments.length();
        if (end > 0 && Character.isHighSurrogate(arguments.charAt(end - 1))) {
            end--;
        }
        String taken = arguments.substring(0, end);
        arguments.delete(0, end);
        return taken;
    }

    private void inString(char c) {
        keep(c);
        if (escaped) {
            escaped = false;
        } else if (c == '\\') {
            escaped = true;
        } else if (c == '"') {
            string = false;
            endString();
            return;
        }
        if (depth == 1 && word.length() < LONGEST_NAME) {
            word.append(c);
        }
    }

    private void endString() {
        if (depth != 1) {
            return;
        }
        if (!value) {
            key = word.toString();
        } else if (key.equals("name") && !found) {
            name = word.toString();
            found = tools.test(name);
            hopeless = !found;
        }
    }

    private void outside(char c) {
        if (depth == 0 && c != '{') {
            hopeless = !Character.isWhitespace(c);
            return;
        }
        boolean before = value;
        switch (c) {
            case '"' -> {
                string = true;
                word.setLength(0);
            }
            case '{', '[' -> depth++;
            case '}', ']' -> {
                depth--;
                value &= depth > 0;
                hopeless |= depth <= 0;
            }
            case ':' -> value |= depth == 1;
            case ',' -> value &= depth != 1;
            default -> {}
        }
        if (before && value) {
            keep(c);
        }
    }

    private void keep(char c) {
        if (value && key.equals("arguments") && (!arguments.isEmpty() || !Character.isWhitespace(c))) {
            arguments.append(c);
        }
    }
}

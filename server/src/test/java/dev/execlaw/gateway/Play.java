package dev.execlaw.gateway;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Random but valid traffic of one agent: conversations of several steps, each a request, the answer to it, and what the
 * log must say of both. What the log must say comes from what was meant, never from the wire.
 */
final class Play {

    private static final List<String> TOOLS = List.of("shell", "file_read");
    private static final List<String> WORDS = List.of(
            "a",
            " ",
            "\n",
            "\n\n",
            "🦞",
            "é",
            "[x] ",
            "- [ ] a[0]\n",
            "\"",
            "\\",
            "<b>",
            "< ",
            "\u0001",
            "}",
            "</tool_call>",
            "</think>",
            "`<think>` ",
            "┌─┐\n",
            "Running: y\n",
            "> ",
            "\u001b[31m",
            "\r\n",
            "[Tool results] ",
            "שלום",
            "👩‍👩‍👧",
            "ok\n");

    private final Random random;
    private final int size;
    private int numbers;
    private int ids;
    private int tasks;

    /**
     * @param size how much of everything there is, from 1
     */
    Play(Random random, int size) {
        this.random = random;
        this.size = size;
    }

    /** One request, its answer, and the lines of the log that come of them. */
    record Step(String request, Answer answer, List<String> log) {}

    /** Parts of an answer, in order. */
    sealed interface Part {
        record Text(String text) implements Part {}

        record Reasoning(String text) implements Part {}

        record Think(String text) implements Part {}

        record MadeUp(String text) implements Part {}

        record Broken(String body) implements Part {}

        record Call(int number, String id, String tool, ObjectNode arguments) implements Part {}
    }

    record Answer(List<Part> parts, boolean tagged) {

        boolean calls() {
            return parts.stream().anyMatch(Part.Call.class::isInstance);
        }

        /** The text as the agent gets it. */
        String content() {
            StringBuilder content = new StringBuilder();
            for (Part part : parts) {
                content.append(
                        switch (part) {
                            case Part.Text(String text) -> text;
                            case Part.Reasoning _ -> "";
                            case Part.Think(String text) -> "<think>" + text + "</think>";
                            case Part.MadeUp(String text) -> "<tool_result name=\"x\">" + text + "</tool_result>";
                            case Part.Broken(String body) -> "<tool_call>" + body + "</tool_call>";
                            case Part.Call call -> tagged ? tag(call) : "";
                        });
            }
            return content.toString();
        }

        static String tag(Part.Call call) {
            return "<tool_call>{\"name\":\"" + call.tool() + "\",\"arguments\":" + call.arguments() + "}</tool_call>";
        }
    }

    /** Steps of the user's turn and of what is beside it, in a random order that keeps that of each. */
    List<Step> steps() {
        List<Talk> talks = new ArrayList<>();
        talks.add(new Talk(null));
        for (int i = random.nextInt(1 + Math.min(3, size / 2)); i > 0; i--) {
            talks.add(new Talk("task " + ++tasks + " " + word()));
        }
        List<Step> steps = new ArrayList<>();
        while (!talks.isEmpty()) {
            Talk talk = talks.get(random.nextInt(talks.size()));
            steps.add(talk.next());
            if (talk.left == 0) {
                talks.remove(talk);
            }
        }
        return steps;
    }

    private String word() {
        return WORDS.get(random.nextInt(WORDS.size()));
    }

    private String words() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(2 + size); i > 0; i--) {
            text.append(word());
        }
        return text.toString();
    }

    /** One conversation. */
    private final class Talk {
        private final String task;
        private final boolean tagged = random.nextBoolean();
        private final boolean streaming = random.nextBoolean();
        private final boolean roleTool = random.nextBoolean();
        private final ArrayNode messages = Json.MAPPER.createArrayNode();
        private int left = 1 + random.nextInt(Math.min(4, size));
        private int number;

        /**
         * @param task of a sub-agent; null for the user's turn
         */
        Talk(String task) {
            this.task = task;
            add("system", task == null ? "You are an assistant." : "You are a background subagent.");
            add("user", task == null ? GatewayFixture.REFERENCE : task);
        }

        private ObjectNode add(String role, String text) {
            return messages.addObject().put("role", role).put("content", text);
        }

        Step next() {
            left--;
            List<String> log = new ArrayList<>();
            log.addAll(results);
            results = List.of();
            if (task == null) {
                log.add("started m1");
            } else if (number == 0) {
                number = ++numbers;
                log.add("side #" + number + " subagent: " + Words.title(task));
            }
            ObjectNode request =
                    Json.MAPPER.createObjectNode().put("model", "any").put("stream", streaming);
            request.set("messages", messages.deepCopy());
            if (!tagged) {
                ArrayNode tools = request.putArray("tools");
                TOOLS.forEach(tool -> tools.addObject()
                        .put("type", "function")
                        .putObject("function")
                        .put("name", tool));
            }
            Answer answer = answer();
            tell(answer, log);
            log.add("usage 5 7");
            if (task == null) {
                log.add(answer.calls() ? "finished" : "finished last");
            } else if (!answer.calls()) {
                log.add("side #" + number + " completed");
            }
            if (answer.calls()) {
                giveBack(answer);
            }
            return new Step(request.toString(), answer, log);
        }

        private List<String> results = List.of();

        private Answer answer() {
            List<Part> parts = new ArrayList<>();
            boolean lineStart = true;
            for (int i = random.nextInt(1 + size); i > 0; i--) {
                switch (random.nextInt(8)) {
                    case 0 -> parts.add(new Part.Reasoning(words()));
                    case 1 -> {
                        if (lineStart) {
                            parts.add(new Part.Think(words().replace("</think>", "")));
                        }
                    }
                    case 2 -> {
                        parts.add(new Part.MadeUp(words()));
                        lineStart = true;
                    }
                    case 3 -> {
                        numbers++;
                        parts.add(new Part.Broken("{\"name\":\"shell\",\"arguments\":{\"a\":}}"));
                        lineStart = false;
                    }
                    default -> {
                        String text = words();
                        parts.add(new Part.Text(text));
                        lineStart = text.isEmpty() ? lineStart : text.endsWith("\n");
                    }
                }
            }
            if (left > 0) {
                for (int i = 1 + random.nextInt(3); i > 0; i--) {
                    ObjectNode arguments =
                            Json.MAPPER.createObjectNode().put("command", words().replace("</tool_call>", ""));
                    arguments.putObject("name").put("arguments", 1);
                    parts.add(new Part.Call(
                            ++numbers, "call_" + ++ids, TOOLS.get(random.nextInt(TOOLS.size())), arguments));
                }
            } else if (parts.stream().noneMatch(Part.Text.class::isInstance)) {
                parts.add(new Part.Text("end"));
            }
            return new Answer(List.copyOf(parts), tagged);
        }

        private String before() {
            return task == null ? "" : "  #" + number + " ";
        }

        /** What the log must say of an answer: neighbours of one kind joined, blank ones left out, calls at the end. */
        private void tell(Answer answer, List<String> log) {
            String kind = "";
            StringBuilder text = new StringBuilder();
            List<String> calls = new ArrayList<>();
            for (Part part : answer.parts()) {
                String next = switch (part) {
                    case Part.Text _ -> "message";
                    case Part.Reasoning _, Part.Think _ -> "thinking";
                    case Part.MadeUp _ -> kind;
                    case Part.Broken _, Part.Call _ -> "";
                };
                String more = switch (part) {
                    case Part.Text(String words) -> words;
                    case Part.Reasoning(String words) -> words;
                    case Part.Think(String words) -> words;
                    case Part.MadeUp _, Part.Broken _, Part.Call _ -> "";
                };
                boolean nothing = more.isEmpty() && !next.isEmpty();
                if (!next.equals(kind) && !nothing) {
                    close(kind, text, log);
                    kind = next;
                }
                text.append(more);
                if (part instanceof Part.Broken(String body)) {
                    // Its number was taken when the answer was made; the next one that is told is this one's.
                    log.add(before() + "withdrawn");
                    kind = "message";
                    text.append("<tool_call>").append(body).append("</tool_call>");
                }
                if (part instanceof Part.Call call) {
                    calls.add(before() + "tool_call " + call.tool() + " " + call.arguments());
                }
            }
            close(kind, text, log);
            log.addAll(calls);
        }

        private void close(String kind, StringBuilder text, List<String> log) {
            if (!text.toString().isBlank() && !text.chars().allMatch(Character::isWhitespace)) {
                log.add(before() + kind + " " + text);
            }
            text.setLength(0);
        }

        /** The tools' results, as the next request has them. */
        private void giveBack(Answer answer) {
            ObjectNode said = add("assistant", answer.content());
            ArrayNode calls = tagged ? null : said.putArray("tool_calls");
            StringBuilder all = new StringBuilder("[Tool results]\n");
            List<String> told = new ArrayList<>();
            List<ObjectNode> answers = new ArrayList<>();
            for (Part part : answer.parts()) {
                if (part instanceof Part.Call call) {
                    boolean fails = random.nextInt(4) == 0;
                    boolean exit = call.tool().equals("shell") && random.nextBoolean();
                    String output = "o" + words() + "o";
                    String content = output + (exit ? "\n[exit code: " + (fails ? 3 : 0) + "]" : "");
                    boolean blocks = tagged || !roleTool;
                    String status = exit ? (fails ? "error" : "ok") : blocks && fails ? "error" : "ok";
                    told.add(before() + "tool_result " + status + " " + (exit ? fails ? "3" : "0" : "null") + " "
                            + output);
                    all.append("<tool_result name=\"")
                            .append(call.tool())
                            .append("\" status=\"")
                            .append(fails ? "error" : "ok")
                            .append("\">\n")
                            .append(content)
                            .append("\n</tool_result>\n");
                    if (calls != null) {
                        ObjectNode one = calls.addObject().put("id", call.id()).put("type", "function");
                        one.putObject("function")
                                .put("name", call.tool())
                                .put("arguments", call.arguments().toString());
                    }
                    answers.add(Json.MAPPER
                            .createObjectNode()
                            .put("role", "tool")
                            .put("tool_call_id", call.id())
                            .put("content", content));
                }
            }
            if (tagged || !roleTool) {
                add("user", all + "\nReflect on the tool results above.");
            } else {
                answers.forEach(messages::add);
            }
            results = told;
        }
    }
}

package dev.execlaw.gateway;

import dev.execlaw.gateway.DemoAnswer.Tool;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The built-in model: the same conversation always gets the same answer. Pure. */
final class DemoScript {

    static final int MOST_TOKENS = 100_000;
    private static final int MOST_PER_SECOND = 10_000;
    private static final int SHOWN_OUTPUT = 4_000;
    private static final int SHOWN_LINE = 200;
    private static final Set<String> GREETINGS = Set.of("hello", "hi", "hey", "good morning", "good evening");
    private static final Pattern WORD = Pattern.compile("(?s)(\\w+)(?:[ \\t]+(.*))?");
    private static final Pattern FILE = Pattern.compile("(?s)(\\S+)(?:[ \\t\\n](.*))?");
    private static final Pattern NUMBERS = Pattern.compile("(\\d{1,9})(?:\\s+(\\d{1,9}))?\\s*");

    static final String HELP = """
            I am the demo model: a script inside the server, without key or network. I can:

            - `run COMMAND`: run a shell command in your machine and report what it gave
            - `write FILE [TEXT]`: write a file
            - `read FILE`: read a file
            - `think [TEXT]`: reason before I answer
            - `long N`: answer with N words
            - `slow N [COUNT]`: answer with N words a second, for ten seconds or COUNT words
            - `help`: say this
            """;

    private DemoScript() {}

    /** Answer to a request, with all references already resolved. */
    static DemoAnswer answer(JsonNode request) {
        JsonNode messages = request.path("messages");
        JsonNode last = messages.path(messages.size() - 1);
        // An agent whose tool was interrupted may ask nothing until the user says something else.
        boolean saidSince = ToolResults.role(last).equals("user") && !ToolResults.isResults(last);
        List<ToolResults.Result> results = saidSince ? List.of() : ToolResults.latest(messages);
        if (!results.isEmpty()) {
            return report(userText(messages), results);
        }
        DemoAnswer answer = reply(userText(messages));
        Tool tool = answer.tool();
        return tool == null || offered(request, tool.name())
                ? answer
                : DemoAnswer.of("This agent offers me no tool named " + tool.name() + ", so I cannot do that.");
    }

    private static boolean offered(JsonNode request, String tool) {
        if (request.path("tools").isEmpty()) {
            // Agents that take tool calls as tags describe them in their system prompt.
            return Json.text(request.path("messages").path(0).path("content")).contains("<tool_call>");
        }
        for (JsonNode each : request.path("tools")) {
            if (each.path("function").path("name").asString("").equals(tool)) {
                return true;
            }
        }
        return false;
    }

    private static String userText(JsonNode messages) {
        for (int i = messages.size() - 1; i >= 0; i--) {
            JsonNode message = messages.get(i);
            if (ToolResults.role(message).equals("user") && !ToolResults.isResults(message)) {
                return Json.text(message.path("content"));
            }
        }
        return "";
    }

    private static DemoAnswer reply(String text) {
        String stripped = text.strip();
        Matcher word = WORD.matcher(stripped);
        if (GREETINGS.contains(stripped.toLowerCase(Locale.ROOT).replaceAll("[!.,]+$", ""))) {
            return DemoAnswer.of("Hello! " + HELP);
        }
        if (!word.matches()) {
            return received(text);
        }
        String rest = word.group(2) == null ? "" : word.group(2);
        return switch (word.group(1).toLowerCase(Locale.ROOT)) {
            case "run" -> rest.isBlank() ? DemoAnswer.of(HELP) : tool("shell", "command", rest, "I run the command.");
            case "write" -> write(text, rest);
            case "read" -> rest.isBlank() ? DemoAnswer.of(HELP) : tool("file_read", "path", rest.strip(), "I read it.");
            case "think" -> think(rest);
            case "long" -> words(text, rest, false);
            case "slow" -> words(text, rest, true);
            case "help" -> rest.isBlank() ? DemoAnswer.of(HELP) : received(text);
            default -> received(text);
        };
    }

    private static DemoAnswer tool(String name, String key, String value, String say) {
        return new DemoAnswer("", say, new Tool(name, object(key, value)), 0);
    }

    private static ObjectNode object(String key, String value) {
        return Json.MAPPER.createObjectNode().put(key, value);
    }

    private static DemoAnswer write(String text, String rest) {
        Matcher file = FILE.matcher(rest);
        if (!file.matches()) {
            return received(text);
        }
        String content = file.group(2) == null ? "Written by the demo model.\n" : file.group(2);
        return new DemoAnswer(
                "",
                "I write the file.",
                new Tool("file_write", object("path", file.group(1)).put("content", content)),
                0);
    }

    private static DemoAnswer think(String about) {
        String subject = about.isBlank() ? "nothing in particular" : about.strip();
        String thinking = "I was asked to think about: " + firstLine(subject) + ".\n"
                + "First, what is known. Then, what follows from it. Last, what to say.\n"
                + "I am a script, so the conclusion is short.";
        return new DemoAnswer(thinking, "I thought about it: " + firstLine(subject) + ".", null, 0);
    }

    private static DemoAnswer words(String text, String numbers, boolean slow) {
        Matcher matcher = NUMBERS.matcher(numbers);
        if (!matcher.matches()) {
            return received(text);
        }
        int n = Integer.parseInt(matcher.group(1));
        int pace = slow ? Math.clamp(n, 1, MOST_PER_SECOND) : 0;
        int wanted = !slow ? n : matcher.group(2) == null ? 10 * pace : Integer.parseInt(matcher.group(2));
        int count = Math.clamp(wanted, 1, MOST_TOKENS);
        StringBuilder answer = new StringBuilder(count * 8);
        for (int i = 1; i <= count; i++) {
            answer.append(i == 1 ? "" : " ").append("word").append(i);
        }
        return new DemoAnswer("", answer.toString(), null, pace);
    }

    private static DemoAnswer received(String text) {
        long lines = text.isEmpty() ? 0 : text.lines().count();
        return DemoAnswer.of("I received " + text.codePointCount(0, text.length()) + " characters in " + lines
                + (lines == 1 ? " line" : " lines") + ". The first line: " + firstLine(text) + "\n\n" + HELP);
    }

    private static String firstLine(String text) {
        String line = text.strip().lines().findFirst().orElse("");
        return line.length() <= SHOWN_LINE
                ? line
                : line.substring(
                                0,
                                line.offsetByCodePoints(0, Math.min(SHOWN_LINE, line.codePointCount(0, line.length()))))
                        + "...";
    }

    private static DemoAnswer report(String text, List<ToolResults.Result> results) {
        Matcher word = WORD.matcher(text.strip());
        String verb = word.matches() ? word.group(1).toLowerCase(Locale.ROOT) : "";
        String tool = verb.equals("run") ? "shell" : "";
        StringBuilder answer = new StringBuilder();
        for (ToolResults.Result result : results) {
            ToolResults.Outcome outcome = result.outcome(result.name().isEmpty() ? tool : result.name());
            answer.append(answer.isEmpty() ? "" : "\n\n");
            Integer code = outcome.exitCode();
            answer.append(
                    code != null ? "The command ended with exit code " + code : "The tool says " + outcome.status());
            answer.append(outcome.output().isBlank() ? " and no output." : ":\n\n" + fenced(outcome.output()));
        }
        return DemoAnswer.of(answer.toString());
    }

    /** A code block whose fence is longer than any within. */
    private static String fenced(String output) {
        String fence = "```";
        while (output.contains(fence)) {
            fence += "`";
        }
        String shown = output.length() <= SHOWN_OUTPUT
                ? output
                : output.substring(0, SHOWN_OUTPUT) + "\n... (" + (output.length() - SHOWN_OUTPUT)
                        + " characters more)";
        return fence + "\n" + shown.stripTrailing() + "\n" + fence;
    }
}

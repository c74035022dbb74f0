package dev.execlaw.web.stub;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Plays an answer. The first word of the message chooses: {@code run CMD}, {@code think}, {@code stream KIB},
 * {@code plain KIB}, {@code slow WORDS}, {@code error}, {@code die}, {@code flood MIB},
 * {@code spend TOKENS}; anything else is explained.
 */
final class StubAgent {

    private final StubSession session;

    StubAgent(StubSession session) {
        this.session = session;
    }

    void answer(String text) throws InterruptedException {
        String[] words = text.strip().split("\\s+", 2);
        String rest = words.length > 1 ? words[1] : "";
        switch (words[0]) {
            case "run" -> run(rest);
            case "think" -> think();
            case "stream" -> stream(markdown(number(rest) * 1024), 100, 1);
            case "plain" -> stream("word ".repeat(number(rest) * 205), 100, 1);
            case "slow" -> stream("slow ".repeat(number(rest)), 5, 100);
            case "error" ->
                session.event(
                        "error",
                        Map.of(
                                "problem",
                                problem("PROVIDER_DOWN", "The provider closed the connection.", "Send it again.")));
            case "die" -> session.fail("BOOT_FAILED", "The VMM ended with status 1.", "Start the session again.");
            case "flood" -> flood(number(rest));
            case "spend" -> {
                stream("It costs a little.", 6, 5);
                session.spend(number(rest), 100, 0.0125);
                return;
            }
            default ->
                stream(
                        "I understand **run**, **think**, **stream**, **slow** and more.\n\n- `run uname -a`\n- `think`\n",
                        12,
                        5);
        }
        session.event("usage", Map.of("model", "demo-1", "inputTokens", 120, "outputTokens", text.length()));
    }

    private void run(String command) throws InterruptedException {
        String id = UUID.randomUUID().toString();
        stream("Let me run that.", 8, 4);
        session.event("tool_call", Map.of("id", id, "name", "shell", "arguments", Map.of("command", command)));
        TimeUnit.MILLISECONDS.sleep(command.startsWith("sleep") ? 60_000 : 250);
        boolean fails = command.startsWith("false");
        String output = command.startsWith("uname")
                ? "Linux nullclaw 6.1.0-31-cloud-amd64 x86_64 GNU/Linux\n"
                : "\u001b[32mdone\u001b[0m\n";
        session.event("tool_result", result(id, fails ? "" : output, fails ? 1 : 0));
        stream(fails ? "It failed." : "It ended with **exit 0**:\n\n```sh\n" + command + "\n```\n", 10, 5);
    }

    private static Map<String, Object> result(String id, String output, @Nullable Integer exitCode) {
        var map = new LinkedHashMap<String, Object>();
        map.put("id", id);
        map.put("output", output);
        map.put("status", exitCode == null || exitCode == 0 ? "ok" : "error");
        map.put("exitCode", exitCode);
        return map;
    }

    private void think() throws InterruptedException {
        String part = UUID.randomUUID().toString();
        for (String word : List.of("The question ", "is short, ", "so the answer ", "should be short ", "as well.")) {
            session.event("thinking", Map.of("text", word, "part", part));
            TimeUnit.MILLISECONDS.sleep(20);
        }
        stream("A good message says *why*.", 6, 5);
    }

    private void stream(String text, int size, long pauseMillis) throws InterruptedException {
        String part = UUID.randomUUID().toString();
        for (int i = 0; i < text.length(); i += size) {
            session.event(
                    "message", Map.of("text", text.substring(i, Math.min(text.length(), i + size)), "part", part));
            TimeUnit.MILLISECONDS.sleep(pauseMillis);
        }
    }

    private void flood(int mebibytes) throws InterruptedException {
        String line = "0123456789abcdef".repeat(4) + "\r\n";
        String block = line.repeat(1024);
        for (long sent = 0; sent < (long) mebibytes << 20; sent += block.length()) {
            session.console.print(block);
            TimeUnit.MILLISECONDS.sleep(5);
        }
        session.console.print("END OF FLOOD\r\n");
    }

    static String markdown(int length) {
        var text = new StringBuilder();
        for (int i = 0; text.length() < length; i++) {
            text.append(i % 7 == 6 ? code(i) : paragraph(i));
        }
        return text.substring(0, length);
    }

    private static String paragraph(int i) {
        return "The machine is a **small Linux** with `" + i + "` things to look at. Each of them is described in a"
                + " sentence or two, so that a paragraph of ordinary length comes out, with a [link](https://example.org/"
                + i + ") and some *stress*.\n\n";
    }

    private static String code(int i) {
        return "```python\ndef claw(n):\n    # item " + i + "\n    return [i * i for i in range(n)]\n```\n\n";
    }

    static Map<String, Object> problem(String code, String detail, String next) {
        return Map.of("code", code, "detail", detail, "next", next);
    }

    private static int number(String text) {
        return text.isBlank() ? 1 : Integer.parseInt(text.strip());
    }
}

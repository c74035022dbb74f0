package dev.execlaw.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import dev.execlaw.web.stub.StubSession;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Text that a reader of consoles would lose or bend: it is shown as it came, and a long line leaves the page usable. */
class UglyTextTest extends BrowserTest {

    private static final int MEGABYTE = 1 << 20;

    private static final String BOX = """
            ┌──────────┬────┐
            │ name     │  n │
            ├──────────┼────┤
            │ claw     │  7 │
            └──────────┴────┘""";

    private static final String PLAIN_BOX = """
            +----------+----+
            | name     |  n |
            +----------+----+
            | claw     |  7 |
            +----------+----+""";

    private static final String ANSI = "\u001b[1;32mgreen\u001b[0m and \u001b]0;title\u0007plain";

    /** A woman astronaut, a flag, a family, a skin tone, a keycap: each is several code points. */
    private static final String EMOJI = "👩‍🚀 🇩🇪 👨‍👩‍👧‍👦 👍🏽 1️⃣ 🦀";

    private StubSession session;
    private int parts;

    @BeforeEach
    void chat() {
        session = stub.running("Ugly");
        visit(session.id());
    }

    /** Tells the text as a turn's answer, a few code points at a time as a stream would. */
    private Locator answer(String text, int codePointsAtATime) {
        String message = "u" + ++parts;
        session.event("user_message", Map.of("id", message, "text", "Show me"));
        session.event("turn_started", Map.of("message", message));
        for (int from = 0; from < text.length(); ) {
            int to = from;
            for (int i = 0; i < codePointsAtATime && to < text.length(); i++) {
                to += Character.charCount(text.codePointAt(to));
            }
            session.event("message", Map.of("text", text.substring(from, to), "part", message));
            from = to;
        }
        session.event("turn_finished", Map.of("reason", "completed", "detail", ""));
        assertThat(items("answer")).hasCount(parts);
        Locator shown = items("answer").last().locator(".md");
        assertThat(items("answer").last().locator(".copy-message")).hasCount(1);
        return shown;
    }

    private void shownAs(String text, String expected) {
        assertThat(answer(text, 3).innerText().strip()).isEqualTo(expected);
    }

    private void unchanged(String text) {
        shownAs(text, text);
    }

    @Test
    void brackets() {
        unchanged("The step [x] is done, [ ] is not, [1] is a note, a[i] = [1, 2], [] is empty.");
        unchanged("Running: the tests\nTool: none\n> is no prompt here".replace("\n> ", "\n› "));
        Locator tasks = answer("- [x] done\n- [ ] open\n\n[a link](https://example.org/a[1])\n", 2);
        assertThat(tasks.locator("li")).hasText(new String[] {"done", "open"});
        assertThat(tasks.locator("li input").first()).isChecked();
        assertThat(tasks.locator("li input").last()).not().isChecked();
        assertThat(tasks.locator("a")).hasText("a link");
        assertThat(tasks.locator("a")).hasAttribute("href", "https://example.org/a%5B1%5D");
    }

    @Test
    void linesOfOneCharacter() {
        unchanged("{\na\n}\n]\n)\n$\n%\n7");
        shownAs("```\n{\n\n}\n```", "text\nCopy\n{\n\n}");
    }

    @Test
    void drawnTablesKeepTheirBlanks() {
        for (String box : List.of(BOX, PLAIN_BOX)) {
            Locator shown = answer(box, 5);
            assertThat(shown.innerText().strip()).isEqualTo(box);
            assertThat(shown.locator(".drawn"))
                    .hasCSS(
                            "font-family",
                            java.util.regex.Pattern.compile("mono", java.util.regex.Pattern.CASE_INSENSITIVE));
        }
    }

    @Test
    void emojiOfSeveralCodePointsThatCameApart() {
        for (int size : List.of(1, 2, 5)) {
            assertThat(answer(EMOJI, size).innerText().strip()).isEqualTo(EMOJI);
        }
    }

    @Test
    void terminalSequences() {
        assertThat(answer(ANSI, 2).textContent().strip()).isEqualTo(ANSI);
        session.event("user_message", Map.of("id", "t1", "text", "Run it"));
        session.event("turn_started", Map.of("message", "t1"));
        session.event("tool_call", Map.of("id", "c1", "name", "shell", "arguments", Map.of("command", "ls --color")));
        session.event("tool_result", Map.of("id", "c1", "output", ANSI + "\n" + BOX, "status", "error", "exitCode", 1));
        Locator output = page.locator(".tool-part pre").last();
        assertThat(output.innerText()).isEqualTo("green and plain\n" + BOX);
        assertThat(output.locator(".fg2")).hasText("green");
    }

    /** While it comes and after it, what a person does is heard; the copy has every character of it. */
    @ParameterizedTest
    @ValueSource(strings = {"x", "word ", "[x] ", "**", "`a", "<b", "_a ", "\\[", "![a](", "1. ", "| a ", "http://"})
    void aLineOfAMegabyte(String piece) {
        String line = piece.repeat(MEGABYTE / piece.length());
        page.evaluate("""
                () => {
                  window.longest = 0;
                  new PerformanceObserver(list => {
                    for (const e of list.getEntries()) window.longest = Math.max(window.longest, e.duration);
                  }).observe({entryTypes: ['longtask']});
                }""");
        Locator shown = answer(line, 16_384);
        composer().fill("still here");
        assertThat(composer()).hasValue("still here");
        assertThat((int) shown.evaluate("e => e.childElementCount")).isPositive();
        items("answer").last().locator(".copy-message").click();
        assertThat(items("answer").last().locator(".copy-message")).hasText("Copied");
        assertThat((boolean) page.evaluate("async line => (await navigator.clipboard.readText()) === line", line))
                .isTrue();
        System.out.printf("1 MiB of \"%s\": longest task %s ms%n", piece, page.evaluate("() => Math.round(longest)"));
    }

    @Test
    void aLineOfAMegabyteInAToolsOutput() {
        String line = "0123456789abcdef".repeat(MEGABYTE / 16);
        session.event("user_message", Map.of("id", "t1", "text", "Run it"));
        session.event("turn_started", Map.of("message", "t1"));
        session.event("tool_call", Map.of("id", "c1", "name", "shell", "arguments", Map.of("command", "cat long")));
        session.event("tool_result", Map.of("id", "c1", "output", line, "status", "error", "exitCode", 1));
        Locator output = page.locator(".tool-part").last();
        assertThat(output).containsText("768 KiB more are not shown.");
        button("Show all").click();
        assertThat(output).not().containsText("more are not shown");
        assertThat((boolean) output.locator("pre").evaluate("(e, line) => e.textContent === line", line))
                .isTrue();
        composer().fill("still here");
        assertThat(composer()).hasValue("still here");
    }
}

package dev.execlaw.email;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may get a letter, and that its HTML means what its text says. */
final class LetterTest {

    private final Recipients recipients = new Recipients(List.of("Me@example.org", "*@team.example"));

    @Test
    void onlyWhoIsNamedGetsMail() {
        assertThat(recipients.allow("me@EXAMPLE.org")).isTrue();
        assertThat(recipients.allow("any.one+x@team.example")).isTrue();
        assertThat(recipients.allow("you@example.org")).isFalse();
        assertThat(recipients.allow("a@sub.team.example")).isFalse();
        assertThat(recipients.allow("a@evilteam.example")).isFalse();
        assertThat(recipients.addresses()).containsExactly("me@example.org");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a@team.example\r\nBcc: x@evil.example",
                "a@team.example, x@evil.example",
                "x@evil.example@team.example",
                "\"x@evil.example \"@team.example",
                "<x@evil.example>a@team.example",
                "a b@team.example",
                "@team.example",
                "a@team.example ",
                "*@team.example",
                ".a@team.example",
                ""
            })
    void nothingButOneAddressIsOne(String text) {
        assertThat(recipients.allow(text)).isFalse();
        assertThatThrownBy(() -> new Letter(text, "s", "t", "h")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSubjectCannotAddHeaders() {
        assertThatThrownBy(() -> new Letter("a@team.example", "s\r\nBcc: x@evil.example", "t", "h"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void markdownBecomesHtml() {
        assertThat(Markdown.html(
                        "# Title\nA **bold** `x < y` and [here](https://example.org/?a=1&b=2)\n\n- one\n- two\n"
                                + "1. three\n\n```sh\nrm -rf <dir>\n\n**no**\n```\nend"))
                .isEqualTo("<p><b>Title</b></p>\n"
                        + "<p>A <b>bold</b> <code>x &lt; y</code> and"
                        + " <a href=\"https://example.org/?a=1&amp;b=2\">here</a></p>\n"
                        + "<ul><li>one</li>\n<li>two</li>\n<li>1. three</li>\n</ul>\n"
                        + "<pre style=\"background:#f6f8fa;padding:8px;white-space:pre-wrap\">"
                        + "rm -rf &lt;dir&gt;\n\n**no**</pre>\n<p>end</p>\n");
    }

    @Test
    void nothingInAnAnswerIsMarkup() {
        String html = Markdown.html("<script>alert(1)</script> [x](javascript:alert(1))"
                + " [y](https://e.org/\" onclick=\"alert(1)) `<img>`\n# <b>h</b>\n- <i>\n```\n</pre><script>\n");
        assertThat(html.replaceAll("</?(p|b|br|code|ul|li|pre)( style=\"[^\"<>]*\")?>", ""))
                .doesNotContain("<", "onclick=\"")
                .contains("[x](javascript:alert(1))");
    }

    @Test
    void terminalsAreNotTalkedTo() {
        assertThat(TranscriptText.plain("\u001b[1;31mred\u001b[0m \u001b]0;title\u0007x\u0000y\r\nz\tq"))
                .isEqualTo("red xy\nz\tq");
    }
}

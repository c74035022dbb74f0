package dev.execlaw.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Contrast of the colours, by the formula of WCAG 2.2. */
class TokensTest {

    private record Colours(String light, String dark) {}

    private static Map<String, Colours> tokens() throws IOException {
        String css = Files.readString(Path.of("src/main/css/tokens.css"));
        var found = new HashMap<String, Colours>();
        Pattern.compile("--([\\w-]+): light-dark\\((#\\w{6}), (#\\w{6})\\);")
                .matcher(css)
                .results()
                .forEach(m -> found.put(m.group(1), new Colours(m.group(2), m.group(3))));
        return found;
    }

    private static double channel(String hex, int at) {
        double c = Integer.parseInt(hex.substring(at, at + 2), 16) / 255.0;
        return c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
    }

    private static double luminance(String hex) {
        return 0.2126 * channel(hex, 1) + 0.7152 * channel(hex, 3) + 0.0722 * channel(hex, 5);
    }

    private static double contrast(String a, String b) {
        double x = luminance(a);
        double y = luminance(b);
        return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
    }

    private static void check(String text, String ground, double least) throws IOException {
        Colours t = tokens().get(text);
        Colours g = tokens().get(ground);
        assertThat(contrast(t.light(), g.light()))
                .as("%s on %s, light", text, ground)
                .isGreaterThanOrEqualTo(least);
        assertThat(contrast(t.dark(), g.dark()))
                .as("%s on %s, dark", text, ground)
                .isGreaterThanOrEqualTo(least);
    }

    @Test
    void textIsReadable() throws IOException {
        for (String ground : List.of("bg", "surface", "sunken", "tint")) {
            for (String text : List.of("ink", "muted", "accent", "good", "warn", "bad")) {
                check(text, ground, 4.5);
            }
        }
        check("on-accent", "accent", 4.5);
        check("ink", "bad-tint", 4.5);
        check("bad", "bad-tint", 4.5);
        check("term-fg", "term-bg", 4.5);
        check("term-fg", "term-selection", 4.5);
    }

    @Test
    void edgesOfControlsAreSeen() throws IOException {
        for (String ground : List.of("bg", "surface", "sunken")) {
            check("control", ground, 3);
        }
        check("accent", "line", 3);
    }

    @Test
    void theTerminalsPaletteIsReadableWhereItColoursText() throws IOException {
        for (int i : IntStream.rangeClosed(1, 15).toArray()) {
            check("ansi-" + i, "term-bg", 4.5);
            check("ansi-" + i, "sunken", 4.5);
        }
    }
}

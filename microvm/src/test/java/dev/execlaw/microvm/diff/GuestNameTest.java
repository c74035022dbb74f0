package dev.execlaw.microvm.diff;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GuestNameTest {

    @Test
    void utf8StaysAndAllElseIsEscaped() {
        assertThat(GuestName.text(bytes("/caf\u00e9 \u20ac \ud83d\ude00"))).isEqualTo("/caf\u00e9 \u20ac \ud83d\ude00");
        assertThat(GuestName.text("a\\x\n\u001b\u007f\"")).isEqualTo("a\\\\x\\x0a\\x1b\\x7f\"");
        assertThat(GuestName.text("\u00ff\u00c3\u00c0\u0080")).isEqualTo("\\xff\\xc3\\xc0\\x80");
        // Surrogates and overlong forms are no UTF-8; U+0085 is a control character.
        assertThat(GuestName.text("\u00ed\u00a0\u0080")).isEqualTo("\\xed\\xa0\\x80");
        assertThat(GuestName.text("\u00c2\u0085")).isEqualTo("\\xc2\\x85");
    }

    @Test
    void patchesQuoteAsGitDoes() {
        assertThat(GuestName.patched("a/plain name")).isEqualTo("a/plain name");
        assertThat(GuestName.patched("a/q\"\\\n\u00ff")).isEqualTo("\"a/q\\\"\\\\\\012\\377\"");
        assertThat(GuestName.patched(bytes("a/\u00e9"))).isEqualTo("a/\u00e9");
    }

    @Test
    void noTwoNamesLookTheSame() {
        Random random = new Random(3);
        String alphabet = "\\x0a\u00c3\u00a9\n\u00ff" + "f";
        Set<String> names = new HashSet<>();
        Set<String> texts = new HashSet<>();
        for (int i = 0; i < 200_000; i++) {
            StringBuilder name = new StringBuilder();
            for (int j = random.nextInt(6); j >= 0; j--) {
                name.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            names.add(name.toString());
            texts.add(GuestName.text(name.toString()));
        }
        assertThat(texts).hasSameSizeAs(names);
    }

    private static String bytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}

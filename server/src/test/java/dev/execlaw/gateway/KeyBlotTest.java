package dev.execlaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

final class KeyBlotTest {

    private static final String KEY = "gsk_Wk3rT8qLmN0pXz5vB7cY2dF4";

    @Test
    void blotsTheWholeKeyAndItsParts() {
        assertThat(KeyBlot.out("the key " + KEY + " is wrong", KEY)).isEqualTo("the key *** is wrong");
        assertThat(KeyBlot.out("begins gsk_Wk3rT8... ends cY2dF4", KEY)).isEqualTo("begins ***... ends cY2dF4");
        assertThat(KeyBlot.out(KEY.toUpperCase(java.util.Locale.ROOT), KEY)).isEqualTo("***");
        assertThat(KeyBlot.out(KEY + KEY, KEY)).isEqualTo("******");
        assertThat(KeyBlot.out("x" + KEY.substring(3, 20) + "y", KEY)).isEqualTo("x***y");
    }

    @Test
    void leavesTheRestAlone() {
        String text = "Rate limit reached for gpt-4o in organization org-1: Limit 3, Used 3, Requested 1.";
        assertThat(KeyBlot.out(text, KEY)).isEqualTo(text);
        assertThat(KeyBlot.out(text, null)).isEqualTo(text);
        assertThat(KeyBlot.out("", KEY)).isEmpty();
        assertThat(KeyBlot.out("a short key: abc", "abc")).isEqualTo("a short key: ***");
    }

    @Test
    void noEightCharactersInARowOfAnyKeyGetThrough() {
        RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        for (int round = 0; round < 2_000; round++) {
            String key = text(random, 8 + random.nextInt(40), 3);
            String said = text(random, 200, 3) + key.substring(random.nextInt(key.length())) + text(random, 50, 3);
            String clean = KeyBlot.out(said, key);
            for (int at = 0; at + 8 <= key.length(); at++) {
                assertThat(clean).as("said %s, key %s", said, key).doesNotContain(key.substring(at, at + 8));
            }
        }
    }

    private static String text(RandomGenerator random, int length, int letters) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append((char) ('a' + random.nextInt(letters)));
        }
        return text.toString();
    }
}

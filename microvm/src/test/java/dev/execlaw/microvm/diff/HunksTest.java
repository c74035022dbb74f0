package dev.execlaw.microvm.diff;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HunksTest {

    private static final Pattern RANGE = Pattern.compile("@@ -(\\d+)(?:,\\d+)? \\+\\d+(?:,\\d+)? @@");

    @Test
    void changesFarApartAreHunksOfTheirOwn() {
        String before = lines(1, 20);
        String after = before.replace("2\n3\n", "2\n").replace("18\n", "x\n");
        assertThat(Hunks.between(before, after)).isEqualTo("""
                @@ -1,6 +1,5 @@
                 1
                 2
                -3
                 4
                 5
                 6
                @@ -15,6 +14,6 @@
                 15
                 16
                 17
                -18
                +x
                 19
                 20
                """);
    }

    @Test
    void textsWithNothingInCommonEndInTime() {
        String before = lines(0, 9_000);
        String after = IntStream.range(0, 9_000).mapToObj(i -> "y" + i + "\n").collect(Collectors.joining());
        assertThat(Hunks.between("same\n" + before, "same\n" + after)).startsWith("@@ -1,9002 +1,9001 @@\n same\n-0\n");
        assertThat(Hunks.between(lines(0, 60_000), lines(30_000, 90_000))).hasLineCount(120_003);
    }

    @Test
    void hunksTurnOneTextIntoTheOther() {
        Random random = new Random(11);
        for (int i = 0; i < 2_000; i++) {
            String before = text(random);
            String after = text(random);
            String hunks = before.equals(after) ? "" : Hunks.between(before, after);
            assertThat(applied(before, hunks)).isEqualTo(after);
        }
    }

    private static String text(Random random) {
        String text =
                random.ints(random.nextInt(40), 0, 5).mapToObj(n -> n + "\n").collect(Collectors.joining());
        return random.nextInt(3) == 0 ? text + "end" : text;
    }

    /** Applies hunks strictly: every line and number must fit. */
    private static String applied(String before, String hunks) {
        List<String> old = Pattern.compile("(?<=\n)")
                .splitAsStream(before)
                .filter(line -> !line.isEmpty())
                .toList();
        StringBuilder result = new StringBuilder();
        int at = 0;
        List<String> lines = hunks.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            boolean open = i + 1 < lines.size() && lines.get(i + 1).startsWith("\\");
            String text = line.substring(1) + (open ? "" : "\n");
            switch (line.charAt(0)) {
                case '@' -> {
                    Matcher range = RANGE.matcher(line);
                    assertThat(range.matches()).isTrue();
                    int start = Integer.parseInt(range.group(1)) - (line.contains(",0 +") ? 0 : 1);
                    while (at < start) {
                        result.append(old.get(at++));
                    }
                }
                case ' ' -> {
                    assertThat(old.get(at++)).isEqualTo(text);
                    result.append(text);
                }
                case '-' -> assertThat(old.get(at++)).isEqualTo(text);
                case '+' -> result.append(text);
                default -> assertThat(line).isEqualTo("\\ No newline at end of file");
            }
        }
        while (at < old.size()) {
            result.append(old.get(at++));
        }
        return result.toString();
    }

    private static String lines(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(i -> i + "\n").collect(Collectors.joining());
    }
}

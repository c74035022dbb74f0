package dev.execlaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SseParserTest {

    private static List<String> parse(List<byte[]> pieces) throws IOException {
        List<String> events = new ArrayList<>();
        SseParser parser = new SseParser(1 << 20);
        for (byte[] piece : pieces) {
            parser.feed(piece, data -> events.add(new String(data, StandardCharsets.UTF_8)));
        }
        parser.end(data -> events.add(new String(data, StandardCharsets.UTF_8)));
        return events;
    }

    private static List<String> parse(String stream) throws IOException {
        return parse(List.of(stream.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void readsDataAndLeavesTheRest() throws IOException {
        assertThat(
                        parse(
                                ": comment\n\nevent: x\nid: 1\ndata: a\ndata:b\nretry: 5\ndatax: no\n\ndata\n\ndata: [DONE]\n\n"))
                .containsExactly("a\nb", "", "[DONE]");
    }

    @Test
    void takesAllLineEndsAndAMissingLastBlankLine() throws IOException {
        assertThat(parse("data: a\r\n\r\ndata: b\r\rdata: c\n\ndata: d")).containsExactly("a", "b", "c", "d");
    }

    @Test
    void boundsAnEvent() {
        SseParser parser = new SseParser(100);
        assertThatThrownBy(() -> parser.feed(new byte[200], data -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("100");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anyChunkingGivesTheSameEvents(long seed) throws IOException {
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            StringBuilder stream = new StringBuilder();
            List<String> expected = new ArrayList<>();
            for (int i = random.nextInt(8); i > 0; i--) {
                String end = List.of("\n", "\r\n", "\r").get(random.nextInt(3));
                if (random.nextInt(4) == 0) {
                    stream.append(": keep alive").append(end).append(end);
                }
                List<String> lines = new ArrayList<>();
                for (int n = 1 + random.nextInt(3); n > 0; n--) {
                    String line = List.of("", "{\"a\":1}", " two", "é🦞", "[DONE]", ":", "data: x")
                            .get(random.nextInt(7));
                    lines.add(line);
                    stream.append("data: ").append(line).append(end);
                }
                stream.append(end);
                expected.add(String.join("\n", lines));
            }
            byte[] bytes = stream.toString().getBytes(StandardCharsets.UTF_8);
            assertThat(parse(Chunks.of(bytes, random))).as(stream.toString()).isEqualTo(expected);
        }
    }
}

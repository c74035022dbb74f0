package dev.execlaw.microvm.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConsoleParserTest {

    private static final String[] PIECES = {
        "plain text\r\n",
        "é",
        "日本語",
        "😀",
        "\033[?2004h",
        "\033[1;31m",
        "\033]0;title\007",
        "\033]133;A\007",
        "\033]133;B\033\\",
        "\033]133;C\007",
        "\033]133;D;0\007",
        "\033]133;D;130\033\\",
        "\033]133;D\007",
        "\033(B",
        "\033c",
        "\033Pq#0;2;0;0;0\033\\",
        "\033",
        "\033]",
        "\033[",
        "\030",
        "\007",
        "\033]133;D;",
        "\n> ",
        "\033\033[A",
        "\033]8;;http://x\033[0m"
    };

    static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    @Test
    void marksEscapesAndTextAreToldApart() {
        String stream = "\033[?2004h\033]133;A;cl=m\007# \033]133;B\033\\ls\r\n\033]133;C\007é\033]133;D;2\007";
        Recorder seen = parse(stream.getBytes(UTF_8));
        assertThat(seen.tokens)
                .containsExactly(
                        escape("\033[?2004h"),
                        "mark PROMPT null",
                        text("# "),
                        "mark INPUT null",
                        text("ls\r\n"),
                        "mark OUTPUT null",
                        text("é"),
                        "mark COMMAND_DONE 2");
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anyPortionsGiveTheSameTokens(long seed) {
        Random random = new Random(seed);
        byte[] stream = stream(random);
        Recorder whole = parse(stream);
        Recorder bytewise = new Recorder();
        ConsoleParser one = new ConsoleParser(bytewise);
        for (byte b : stream) {
            one.accept(new byte[] {b});
        }
        Recorder portions = new Recorder();
        ConsoleParser some = new ConsoleParser(portions);
        for (int at = 0; at < stream.length; ) {
            int n = Math.min(1 + random.nextInt(7), stream.length - at);
            some.accept(stream, at, n);
            at += n;
        }
        assertThat(bytewise.tokens()).as("seed %d", seed).isEqualTo(whole.tokens());
        assertThat(portions.tokens()).as("seed %d", seed).isEqualTo(whole.tokens());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void textNeverEndsWithinACharacter(long seed) throws Exception {
        Random random = new Random(seed);
        ConsoleParser parser = new ConsoleParser(new ConsoleTokens() {
            @Override
            public void text(byte[] bytes) {
                try {
                    assertThat(UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).length())
                            .isPositive();
                } catch (CharacterCodingException e) {
                    throw new AssertionError("not whole: " + HexFormat.of().formatHex(bytes), e);
                }
            }
        });
        byte[] stream = "aé日😀\033[mé日😀b".repeat(20).getBytes(UTF_8);
        for (int at = 0; at < stream.length; ) {
            int n = Math.min(1 + random.nextInt(5), stream.length - at);
            parser.accept(stream, at, n);
            at += n;
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void noByteIsLostOrMadeUp(long seed) {
        Random random = new Random(seed);
        byte[] stream = new byte[2000];
        random.nextBytes(stream);
        for (int i = 0; i < stream.length; i += 3) {
            stream[i] = "\033]P[\\\007;".getBytes(UTF_8)[random.nextInt(7)];
        }
        Recorder seen = new Recorder();
        ConsoleParser parser = new ConsoleParser(seen);
        parser.accept(stream);
        parser.accept("\030\030 end".getBytes(UTF_8));
        assertThat(seen.bytes.toByteArray()).startsWith(Arrays.copyOf(stream, stream.length - 4));
    }

    @Test
    void endlessSequenceEndsByForce() {
        Recorder seen = parse(("\033]0;" + "x".repeat(100_000)).getBytes(UTF_8));
        assertThat(seen.tokens.getFirst()).startsWith("escape ").hasSize(7 + 2 * ConsoleParser.MAX_SEQUENCE);
        assertThat(seen.bytes.size()).isEqualTo(100_004);
    }

    @Test
    void lineEndInAnOscEndsIt() {
        assertThat(parse("\033]junk\nnext".getBytes(UTF_8)).tokens())
                .containsExactly(escape("\033]junk"), text("\nnext"));
    }

    private static byte[] stream(Random random) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int i = 0; i < 60; i++) {
            if (random.nextInt(10) == 0) {
                byte[] noise = new byte[random.nextInt(6)];
                random.nextBytes(noise);
                stream.writeBytes(noise);
            } else {
                stream.writeBytes(PIECES[random.nextInt(PIECES.length)].getBytes(UTF_8));
            }
        }
        stream.writeBytes("\030 end".getBytes(UTF_8));
        return stream.toByteArray();
    }

    private static Recorder parse(byte[] stream) {
        Recorder recorder = new Recorder();
        new ConsoleParser(recorder).accept(stream);
        return recorder;
    }

    private static String text(String text) {
        return "text " + HexFormat.of().formatHex(text.getBytes(UTF_8));
    }

    private static String escape(String sequence) {
        return "escape " + HexFormat.of().formatHex(sequence.getBytes(UTF_8));
    }

    /** Records tokens; text that came in portions is joined. */
    private static final class Recorder implements ConsoleTokens {

        private final List<String> tokens = new ArrayList<>();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public void text(byte[] text) {
            bytes.writeBytes(text);
            String hex = HexFormat.of().formatHex(text);
            if (!tokens.isEmpty() && tokens.getLast().startsWith("text ")) {
                tokens.set(tokens.size() - 1, tokens.getLast() + hex);
            } else {
                tokens.add("text " + hex);
            }
        }

        @Override
        public void mark(Mark mark) {
            tokens.add("mark " + mark.kind() + " " + mark.exit());
        }

        @Override
        public void escape(byte[] sequence) {
            bytes.writeBytes(sequence);
            tokens.add("escape " + HexFormat.of().formatHex(sequence));
        }

        List<String> tokens() {
            return tokens;
        }
    }
}

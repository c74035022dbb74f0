package dev.execlaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every streamed transcript says the same wherever its bytes are split. */
class TranscriptSplitsTest {

    static Stream<Transcript> streamed() {
        return Transcript.all().stream().filter(Transcript::streamed);
    }

    @ParameterizedTest
    @MethodSource("streamed")
    void itSaysTheSameSplitAtEveryByte(Transcript transcript) {
        byte[] body = transcript.body();
        Heard whole = hear(transcript, List.of(body));
        assertThat(whole.seen).isEqualTo(said(transcript));
        for (int at = 1; at < body.length; at++) {
            List<byte[]> halves = List.of(Arrays.copyOfRange(body, 0, at), Arrays.copyOfRange(body, at, body.length));
            assertThat(hear(transcript, halves)).as("split at %d", at).isEqualTo(whole);
        }
    }

    /** What the model said, in the form of {@link Fold}. */
    private static List<String> said(Transcript transcript) {
        List<String> lines = new ArrayList<>();
        for (String line : transcript.seenOf("x")) {
            if (line.startsWith("message ")) {
                lines.add("text:" + line.substring(8));
            } else if (line.startsWith("thinking ")) {
                lines.add(line.replaceFirst(" ", ":"));
            } else if (line.startsWith("tool_call ")) {
                lines.add(line.replaceFirst("tool_call #\\d+ (\\S+) ", "call $1"));
            }
        }
        return lines;
    }

    private record Heard(List<String> seen, String finish, String usage, int errors) {}

    private static Heard hear(Transcript transcript, List<byte[]> pieces) {
        Collected collected = new Collected();
        Provider.UpstreamSink sink = transcript.provider().equals("anthropic")
                ? new AnthropicStream(new AnthropicAnswer("m", _ -> {}), collected)
                : collected;
        sink.started(transcript.status(), transcript.contentType(), 0);
        pieces.forEach(piece -> sink.data(piece, () -> {}));
        sink.ended();
        Fold fold = new Fold();
        AnswerFold answer = new AnswerFold(fold, _ -> false);
        int[] errors = {0};
        SseParser parser = new SseParser(1 << 20);
        try {
            // Fed as it was collected, which is one piece for each that came in.
            for (byte[] piece : collected.pieces) {
                parser.feed(piece, data -> event(data, answer, errors));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        parser.end(data -> event(data, answer, errors));
        if (errors[0] == 0) {
            answer.end();
        }
        List<String> seen = fold.seen.stream()
                .map(line -> line.replaceFirst("^call [^:]*:", "call "))
                .toList();
        return new Heard(
                seen,
                answer.finishReason().orElse(""),
                answer.usage().map(Object::toString).orElse(""),
                errors[0]);
    }

    private static void event(byte[] data, AnswerFold answer, int[] errors) {
        if (data[0] != '{') {
            return;
        }
        var chunk = Json.MAPPER.readTree(data);
        if (chunk.has("error")) {
            errors[0]++;
        } else {
            answer.accept(chunk);
        }
    }

    private static final class Collected implements Provider.UpstreamSink {
        private final List<byte[]> pieces = new ArrayList<>();

        @Override
        public void started(int status, String contentType, long retryAfter) {
            assertThat(contentType).startsWith("text/event-stream");
        }

        @Override
        public void data(byte[] bytes, Runnable done) {
            pieces.add(bytes);
            done.run();
        }

        @Override
        public void ended() {}

        @Override
        public void broken(Throwable cause) {
            throw new IllegalStateException(cause);
        }
    }
}

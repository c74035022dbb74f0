package dev.execlaw.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;

/**
 * Passes an answer of the Messages API on as a stream of chat completion chunks, whether it was streamed or came whole.
 * Errors with a status of their own pass unchanged. Called by one thread at a time.
 */
final class AnthropicStream implements Provider.UpstreamSink {

    /** Of one event, or of an answer in one body. */
    private static final int LONGEST = 32 << 20;

    private final AnthropicAnswer answer;
    private final Provider.UpstreamSink sink;
    private final SseParser parser = new SseParser(LONGEST);
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private boolean translating;
    private boolean whole;

    AnthropicStream(AnthropicAnswer answer, Provider.UpstreamSink sink) {
        this.answer = answer;
        this.sink = sink;
    }

    @Override
    public void started(int status, String contentType, long retryAfter) {
        translating = status == 200;
        whole = translating && contentType.contains("json");
        sink.started(status, translating ? "text/event-stream" : contentType, retryAfter);
    }

    @Override
    public void data(byte[] bytes, Runnable done) {
        if (!translating) {
            sink.data(bytes, done);
            return;
        }
        ByteArrayOutputStream chunks = new ByteArrayOutputStream();
        if (whole) {
            body.write(bytes, 0, Math.min(bytes.length, LONGEST - body.size()));
        } else {
            try {
                parser.feed(bytes, event -> chunks.writeBytes(translated(event)));
            } catch (IOException e) {
                sink.broken(new BadAnswer("an event has more than " + LONGEST + " bytes"));
                return;
            }
        }
        // Also when it is empty: pings are signs of life.
        sink.data(chunks.toByteArray(), done);
    }

    @Override
    public void ended() {
        if (translating) {
            ByteArrayOutputStream chunks = new ByteArrayOutputStream();
            if (whole) {
                chunks.writeBytes(wholeBody());
            } else {
                parser.end(event -> chunks.writeBytes(translated(event)));
            }
            chunks.writeBytes(answer.end());
            sink.data(chunks.toByteArray(), () -> {});
        }
        sink.ended();
    }

    @Override
    public void broken(Throwable cause) {
        sink.broken(cause);
    }

    /** Chunks for an event; one that cannot be read goes on as it is, to be complained of. */
    private byte[] translated(byte[] event) {
        try {
            return answer.event(Json.MAPPER.readTree(event));
        } catch (JacksonException e) {
            return unreadable(event);
        }
    }

    private byte[] wholeBody() {
        try {
            return answer.whole(Json.MAPPER.readTree(body.toByteArray()));
        } catch (JacksonException e) {
            return unreadable(body.toByteArray());
        }
    }

    private static byte[] unreadable(byte[] event) {
        String line = new String(event, StandardCharsets.UTF_8).replaceAll("\\R", " ");
        return ("data: " + line + "\n\n").getBytes(StandardCharsets.UTF_8);
    }
}

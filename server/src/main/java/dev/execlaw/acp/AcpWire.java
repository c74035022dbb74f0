package dev.execlaw.acp;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.LongConsumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Lines to and from an agent's side. One thread reads; any may write. Lines that begin with {@code #note } are the
 * guest's relay's, which keeps one for whoever comes next.
 */
final class AcpWire implements AutoCloseable {

    static final JsonMapper MAPPER = JsonMapper.builder().build();

    private static final String NOTE = "#note ";
    private static final int SHOWN = 300;

    private final Lines in;
    private final OutputStream out;
    private final LongConsumer passedOver;
    private final Object lock = new Object();
    private final StringBuilder stray = new StringBuilder();

    /**
     * @param longest bytes of a line that is taken
     * @param passedOver told the bytes of a line that is not
     */
    AcpWire(InputStream in, OutputStream out, int longest, LongConsumer passedOver) {
        this.in = new Lines(in, longest);
        this.out = out;
        this.passedOver = passedOver;
    }

    /** What the last one to be here has left; empty where nobody was. Read first. */
    String note() throws IOException {
        while (true) {
            Optional<String> line = line(Long.MAX_VALUE);
            if (line.isPresent() && line.get().startsWith(NOTE)) {
                return line.get().substring(NOTE.length()).strip();
            }
            line.ifPresent(this::stray);
        }
    }

    /** Leaves something for whoever comes next. */
    void leave(String note) throws IOException {
        write(NOTE + note);
    }

    /** The next message if one comes within so many nanoseconds; what is no JSON object is passed over. */
    Optional<JsonNode> read(long nanos) throws IOException {
        Optional<String> line = line(nanos);
        if (line.isEmpty()) {
            return Optional.empty();
        }
        try {
            JsonNode message = MAPPER.readTree(line.get());
            if (message.isObject()) {
                return Optional.of(message);
            }
        } catch (JacksonException _) {
            // Some agents write words of their own among the messages.
        }
        stray(line.get());
        return Optional.empty();
    }

    private void stray(String line) {
        if (stray.length() < SHOWN && !line.isBlank()) {
            stray.append(stray.isEmpty() ? "" : " | ").append(line, 0, Math.min(line.length(), SHOWN));
        }
    }

    void write(JsonNode message) throws IOException {
        write(MAPPER.writeValueAsString(message));
    }

    private void write(String line) throws IOException {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (lock) {
            out.write(bytes);
            out.flush();
        }
    }

    /** Nobody reads any more. */
    @Override
    public void close() {
        in.close();
    }

    private Optional<String> line(long nanos) throws IOException {
        return switch (in.next(nanos)) {
            case null -> Optional.empty();
            case Lines.Next.Line(String text) -> Optional.of(text);
            case Lines.Next.TooLong(long bytes) -> {
                passedOver.accept(bytes);
                yield Optional.empty();
            }
            case Lines.Next.End(EOFException _, String rest) -> {
                stray(rest);
                throw new EOFException("the agent's side was closed"
                        + (stray.isEmpty()
                                ? ""
                                : "; it said: " + stray.toString().strip()));
            }
            case Lines.Next.End(IOException why, String _) -> throw why;
        };
    }
}

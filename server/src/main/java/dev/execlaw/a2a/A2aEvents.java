package dev.execlaw.a2a;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The messages of a streamed answer, in whatever pieces it comes: server-sent events of one {@code data} line each, or,
 * where a request was refused, one line of JSON. Used by one thread.
 */
final class A2aEvents {

    static final JsonMapper MAPPER = JsonMapper.builder().build();

    private static final int LONGEST = 4 << 20;
    private static final int SHOWN = 400;

    private final InputStream in;
    private final StringBuilder stray = new StringBuilder();

    A2aEvents(InputStream in) {
        this.in = new BufferedInputStream(in);
    }

    /** The next message; empty at the end. */
    Optional<JsonNode> next() throws IOException {
        for (Optional<String> line = line(); line.isPresent(); line = line()) {
            String text = line.get();
            String payload = text.startsWith("data:") ? text.substring(5).strip() : text;
            if (payload.startsWith("{")) {
                try {
                    return Optional.of(MAPPER.readTree(payload));
                } catch (JacksonException _) {
                    // A line that was cut, or none of the protocol's.
                }
            }
            stray(text);
        }
        return Optional.empty();
    }

    /** The begin of what was no message, in one line. */
    String stray() {
        return stray.toString();
    }

    private void stray(String line) {
        if (stray.length() < SHOWN && !line.isBlank()) {
            stray.append(stray.isEmpty() ? "" : " | ").append(line, 0, Math.min(line.length(), SHOWN));
        }
    }

    /** A line without its end, which the last one may lack. */
    private Optional<String> line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int b = in.read();
        boolean any = b >= 0;
        while (b >= 0 && b != '\n') {
            if (line.size() >= LONGEST) {
                throw new IOException("the agent wrote an event of more than " + LONGEST + " bytes");
            }
            line.write(b);
            b = in.read();
        }
        return any ? Optional.of(line.toString(StandardCharsets.UTF_8).strip()) : Optional.empty();
    }
}

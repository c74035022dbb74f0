package dev.execlaw.acp;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Lines to and from an agent's side. One thread reads; any may write. Lines that begin with {@code #note } are the
 * guest's relay's, which keeps one for whoever comes next.
 */
final class AcpWire {

    static final JsonMapper MAPPER = JsonMapper.builder().build();

    private static final String NOTE = "#note ";
    private static final int LONGEST = 32 << 20;
    private static final int SHOWN = 300;

    private final BufferedReader in;
    private final OutputStream out;
    private final Object lock = new Object();
    private final StringBuilder stray = new StringBuilder();

    AcpWire(InputStream in, OutputStream out) {
        this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        this.out = out;
    }

    /** What the last one to be here has left; empty where nobody was. Read first. */
    String note() throws IOException {
        String line = line();
        while (!line.startsWith(NOTE)) {
            stray(line);
            line = line();
        }
        return line.substring(NOTE.length()).strip();
    }

    /** Leaves something for whoever comes next. */
    void leave(String note) throws IOException {
        write(NOTE + note);
    }

    /** The next message; what is no JSON object is passed over. */
    JsonNode read() throws IOException {
        while (true) {
            String line = line();
            try {
                JsonNode message = MAPPER.readTree(line);
                if (message.isObject()) {
                    return message;
                }
            } catch (JacksonException _) {
                // Some agents write words of their own among the messages.
            }
            stray(line);
        }
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

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        int c = in.read();
        while (c >= 0 && c != '\n') {
            if (line.length() >= LONGEST) {
                throw new AcpException("the agent wrote a line of more than " + LONGEST + " characters");
            }
            line.append((char) c);
            c = in.read();
        }
        if (c < 0) {
            stray(line.toString());
            throw new EOFException("the agent's side was closed"
                    + (stray.isEmpty() ? "" : "; it said: " + stray.toString().strip()));
        }
        return line.toString();
    }
}

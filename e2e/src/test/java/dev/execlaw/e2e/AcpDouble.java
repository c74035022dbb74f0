package dev.execlaw.e2e;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;

/**
 * The double of an agent that speaks ACP, {@code acp-double} among the resources: written after the protocol's schema. It
 * comes into the machine with the command that starts it, so that every image will do.
 */
final class AcpDouble {

    private static final String FILE = "/run/acp-double";

    private AcpDouble() {}

    /** Asks for a session with it, and the demo model; returns its id at once. */
    static String create(Api api) {
        var body = api.object().put("provider", "demo").put("model", "demo").put("agent", "twin");
        return api.post("/sessions", body, 201).path("id").asString();
    }

    /** Section of the configuration that knows it as {@code twin}. */
    static String config() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (InputStream in = Objects.requireNonNull(AcpDouble.class.getResourceAsStream("acp-double"));
                GZIPOutputStream out = new GZIPOutputStream(packed)) {
            in.transferTo(out);
        }
        return """
                [agent.twin]
                command = "sh -c 'echo %s | base64 -d | gzip -d > %s; exec python3 %s'"
                """.formatted(Base64.getEncoder().encodeToString(packed.toByteArray()), FILE, FILE);
    }
}

package dev.execlaw.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/** The form of event streams (HTML standard, section 9.2). */
final class EventText {

    static final String MEDIA_TYPE = "text/event-stream";

    private EventText() {}

    /** Whether a request asks for a stream. */
    static boolean wanted(Request request) {
        return request.getHeaders().getQualityCSV(HttpHeader.ACCEPT).stream().anyMatch(MEDIA_TYPE::equalsIgnoreCase);
    }

    /** Begins a response that is a stream. */
    static void begin(Response response) {
        response.setStatus(200);
        var headers = response.getHeaders();
        headers.put(HttpHeader.CONTENT_TYPE, MEDIA_TYPE);
        headers.put(HttpHeader.CACHE_CONTROL, "no-store, no-transform");
        headers.put("X-Accel-Buffering", "no");
    }

    /** An event without an id: it cannot be had again. */
    static ByteBuffer frame(String name, Object data) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.writeBytes(("event: " + name + "\ndata: ").getBytes(UTF_8));
        frame.writeBytes(Json.bytes(data));
        frame.writeBytes("\n\n".getBytes(UTF_8));
        return ByteBuffer.wrap(frame.toByteArray());
    }
}

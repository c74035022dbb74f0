package dev.execlaw.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** A reply as the model writes it: the provider's events unchanged, as server-sent events. */
final class StreamedReply implements GuestReply {

    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] COMMENT = ": waiting\n\n".getBytes(StandardCharsets.US_ASCII);

    private final Response response;
    private final String model;
    private final String id;
    private final ByteArrayOutputStream ready = new ByteArrayOutputStream(1024);
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private boolean sentText;

    StreamedReply(Response response, String model, String id) {
        this.response = response;
        this.model = model;
        this.id = id;
        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    }

    @Override
    public void event(byte[] data, boolean hold) {
        if (!hold && held.size() > 0) {
            // What looked like a tool call was none: it goes before what comes after it.
            ready.writeBytes(held.toByteArray());
            held.reset();
        }
        ByteArrayOutputStream to = hold ? held : ready;
        to.writeBytes(DATA);
        to.writeBytes(data);
        to.writeBytes(END);
        sentText |= !hold;
    }

    @Override
    public boolean flush() throws IOException {
        if (ready.size() == 0) {
            return false;
        }
        byte[] bytes = ready.toByteArray();
        ready.reset();
        Content.Sink.write(response, false, ByteBuffer.wrap(bytes));
        return true;
    }

    @Override
    public void keepAlive() throws IOException {
        ready.writeBytes(COMMENT);
        flush();
    }

    @Override
    public boolean begun() {
        return response.isCommitted();
    }

    @Override
    public void finish(AnswerFold answer) throws IOException {
        ready.writeBytes(held.toByteArray());
        ready.writeBytes(DONE);
        last();
    }

    @Override
    public void finishWith(String text) throws IOException {
        held.reset();
        event(chunk(sentText ? "\n\n" + text : text, null), false);
        event(chunk("", "stop"), false);
        ready.writeBytes(DONE);
        last();
    }

    private void last() throws IOException {
        Content.Sink.write(response, true, ByteBuffer.wrap(ready.toByteArray()));
    }

    private byte[] chunk(String text, @Nullable String finish) {
        ObjectNode chunk = Json.MAPPER.createObjectNode();
        chunk.put("id", "chatcmpl-" + id)
                .put("object", "chat.completion.chunk")
                .put("created", 0)
                .put("model", model);
        ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
        choice.putObject("delta").put("role", "assistant").put("content", text);
        choice.put("finish_reason", finish);
        return Json.bytes(chunk);
    }
}

package dev.execlaw.gateway;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;
import tools.jackson.databind.node.ObjectNode;

/** A reply in one JSON body, for guests that do not stream. White space before it keeps a long call alive. */
final class WholeReply implements GuestReply {

    private final Response response;
    private final String model;
    private final String id;

    WholeReply(Response response, String model, String id) {
        this.response = response;
        this.model = model;
        this.id = id;
        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    }

    @Override
    public void event(byte[] data, boolean hold) {}

    @Override
    public boolean flush() {
        return false;
    }

    @Override
    public void keepAlive() throws IOException {
        Content.Sink.write(response, false, ByteBuffer.wrap("\n".getBytes(StandardCharsets.US_ASCII)));
    }

    @Override
    public boolean begun() {
        return response.isCommitted();
    }

    @Override
    public void finish(AnswerFold answer) throws IOException {
        ObjectNode body = body(answer.message(), answer.finishReason().orElse("stop"));
        answer.usage().ifPresent(usage -> body.set("usage", usage));
        last(body);
    }

    @Override
    public void finishWith(String text) throws IOException {
        last(body(Json.MAPPER.createObjectNode().put("role", "assistant").put("content", text), "stop"));
    }

    private ObjectNode body(ObjectNode message, String finish) {
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.put("id", "chatcmpl-" + id)
                .put("object", "chat.completion")
                .put("created", 0)
                .put("model", model);
        ObjectNode choice = body.putArray("choices").addObject().put("index", 0);
        choice.set("message", message);
        choice.put("finish_reason", finish);
        return body;
    }

    private void last(ObjectNode body) throws IOException {
        Content.Sink.write(response, true, ByteBuffer.wrap(Json.bytes(body)));
    }
}

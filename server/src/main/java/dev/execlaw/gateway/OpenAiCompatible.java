package dev.execlaw.gateway;

import java.nio.ByteBuffer;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Any provider that has OpenAI's chat completions under some base URL: OpenAI, OpenRouter, Ollama, vLLM and many more. */
final class OpenAiCompatible implements Provider {

    private final Upstream upstream;
    private final String baseUrl;
    private final boolean openRouter;

    /**
     * @param upstream without content decoders: a compressed stream comes late
     * @param baseUrl without slash at its end
     * @param openRouter whether it speaks OpenRouter's dialect
     */
    OpenAiCompatible(Upstream upstream, String baseUrl, boolean openRouter) {
        this.upstream = upstream;
        this.baseUrl = baseUrl;
        this.openRouter = openRouter;
    }

    @Override
    public Exchange call(ObjectNode body, @Nullable String key, UpstreamSink sink) {
        Request request = upstream.client()
                .newRequest(baseUrl + "/chat/completions")
                .method(HttpMethod.POST)
                .headers(headers -> {
                    headers.put(HttpHeader.ACCEPT, "text/event-stream, application/json");
                    if (key != null) {
                        headers.put(HttpHeader.AUTHORIZATION, "Bearer " + key);
                    }
                })
                .body(new BytesRequestContent(
                        "application/json", Json.MAPPER.writeValueAsBytes(openRouter ? dialect(body) : body)));
        request.send(new Answer(sink));
        return () -> {
            var _ = request.abort(new Cancelled());
        };
    }

    /** The same request in OpenRouter's words, and a question for its cost. */
    static ObjectNode dialect(ObjectNode body) {
        ObjectNode own = body.deepCopy();
        JsonNode effort = own.remove("reasoning_effort");
        if (effort != null) {
            own.putObject("reasoning").set("effort", effort);
        }
        own.putObject("usage").put("include", true);
        return own;
    }

    @Override
    public String toString() {
        return "OpenAiCompatible[" + baseUrl + "]";
    }

    /** We ended the call ourselves. */
    private static final class Cancelled extends Exception {
        private static final long serialVersionUID = 1L;

        Cancelled() {
            super("the call was cancelled", null, false, false);
        }
    }

    private record Answer(UpstreamSink sink) implements Response.Listener {

        @Override
        public void onHeaders(Response response) {
            String type = response.getHeaders().get(HttpHeader.CONTENT_TYPE);
            sink.started(response.getStatus(), type == null ? "" : type, retryAfter(response));
        }

        @Override
        public void onContent(Response response, Content.Chunk chunk, Runnable demander) {
            ByteBuffer buffer = chunk.getByteBuffer();
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            sink.data(bytes, demander);
        }

        @Override
        public void onComplete(Result result) {
            Throwable failure = result.getFailure();
            if (failure == null) {
                sink.ended();
            } else {
                sink.broken(failure);
            }
        }

        private static long retryAfter(Response response) {
            String value = response.getHeaders().get(HttpHeader.RETRY_AFTER);
            return value != null && value.matches("\\d{1,6}") ? Long.parseLong(value) : 0;
        }
    }
}

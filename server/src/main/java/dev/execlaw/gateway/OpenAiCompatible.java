package dev.execlaw.gateway;

import java.net.URI;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Any provider that has OpenAI's chat completions under some base URL: OpenAI itself, Ollama, vLLM and many more. */
final class OpenAiCompatible implements Provider {

    private final Upstream upstream;
    private final String baseUrl;
    private final boolean original;
    private final Amendments amendments = new Amendments();

    /**
     * @param baseUrl without slash at its end
     */
    OpenAiCompatible(Upstream upstream, String baseUrl) {
        this.upstream = upstream;
        this.baseUrl = baseUrl;
        this.original = OpenAiModel.SERVED_AT.equals(URI.create(baseUrl).getHost());
    }

    @Override
    public Exchange call(ObjectNode body, @Nullable String key, ThinkingMemory memory, UpstreamSink sink) {
        if (original) {
            OpenAiModel.named(body.path("model").asString("")).adapt(body);
        }
        return amendments.call(
                body,
                sink,
                (amended, to) -> HttpCall.post(
                        upstream,
                        baseUrl + "/chat/completions",
                        headers -> {
                            if (key != null) {
                                headers.put(HttpHeader.AUTHORIZATION, "Bearer " + key);
                            }
                        },
                        amended,
                        to));
    }

    @Override
    public String toString() {
        return "OpenAiCompatible[" + baseUrl + "]";
    }
}

package dev.execlaw.gateway;

import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * OpenRouter: OpenAI's chat completions, with the cost of each call in its usage.
 *
 * @see <a href="https://openrouter.ai/docs/api/reference/overview">its differences</a>
 */
final class OpenRouter implements Provider {

    private static final String TITLE = "ExeClaw";

    private final Upstream upstream;
    private final String baseUrl;

    /**
     * @param baseUrl without slash at its end
     */
    OpenRouter(Upstream upstream, String baseUrl) {
        this.upstream = upstream;
        this.baseUrl = baseUrl;
    }

    @Override
    public Exchange call(ObjectNode body, @Nullable String key, ThinkingMemory memory, UpstreamSink sink) {
        adapt(body);
        return HttpCall.post(
                upstream,
                baseUrl + "/chat/completions",
                headers -> {
                    // Two names of one header: the older is still the one that most of its documentation has.
                    headers.put("X-OpenRouter-Title", TITLE);
                    headers.put("X-Title", TITLE);
                    if (key != null) {
                        headers.put(HttpHeader.AUTHORIZATION, "Bearer " + key);
                    }
                },
                body,
                sink);
    }

    /** Asks for the cost, and for effort in the one form that holds for all of its models. */
    static void adapt(ObjectNode body) {
        body.putObject("usage").put("include", true);
        JsonNode effort = body.path("reasoning_effort");
        if (effort.isString()) {
            ObjectNode reasoning =
                    body.path("reasoning") instanceof ObjectNode given ? given : body.putObject("reasoning");
            reasoning.put("effort", effort.stringValue());
            body.remove("reasoning_effort");
        }
    }

    @Override
    public String toString() {
        return "OpenRouter[" + baseUrl + "]";
    }
}

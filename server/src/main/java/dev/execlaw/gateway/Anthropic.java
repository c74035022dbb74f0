package dev.execlaw.gateway;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Anthropic's Messages API, and whoever copies it: requests and answers are translated both ways. */
final class Anthropic implements Provider {

    /** The API's only version; fields are added to it, none is taken away. */
    static final String VERSION = "2023-06-01";

    private final Upstream upstream;
    private final String baseUrl;

    /**
     * @param baseUrl up to and with {@code /v1}, without slash at its end
     */
    Anthropic(Upstream upstream, String baseUrl) {
        this.upstream = upstream;
        this.baseUrl = baseUrl;
    }

    @Override
    public Exchange call(ObjectNode request, @Nullable String key, ThinkingMemory memory, UpstreamSink sink) {
        String model = request.path("model").asString("");
        String origin = model + " " + account(key);
        ObjectNode body = AnthropicRequest.of(request, origin, memory);
        AnthropicAnswer answer = new AnthropicAnswer(model, said -> memory.keep(origin, said.calls(), said.blocks()));
        return HttpCall.post(
                upstream,
                baseUrl + "/messages",
                headers -> {
                    headers.put("anthropic-version", VERSION);
                    if (key != null) {
                        headers.put("x-api-key", key);
                    }
                },
                body,
                new AnthropicStream(answer, sink));
    }

    /** Signatures hold for one account; its key is not kept for that. */
    static String account(@Nullable String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest((key == null ? "" : key).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "Anthropic[" + baseUrl + "]";
    }
}

package dev.execlaw.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.eclipse.jetty.client.CompletableResponseListener;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Asks providers for their lists of models: {@code GET BASE/models}. Any thread may use it; it blocks. */
final class ModelLists implements ModelCatalog.Source {

    private static final long SECONDS = 10;
    private static final int LONGEST_LIST = 16 << 20;
    private static final int MOST_MODELS = 5_000;

    /** What OpenAI lists and nobody can chat with. */
    private static final Pattern NO_CHAT = Pattern.compile(
            ".*(embedding|whisper|tts|audio|realtime|transcribe|image|dall-e|sora|moderation|davinci|babbage|instruct).*");

    /** Names that servers have for the length of the context: OpenRouter and others, vLLM, Groq, Anthropic, LM Studio. */
    private static final List<String> CONTEXT =
            List.of("context_length", "max_model_len", "context_window", "max_input_tokens", "max_context_length");

    private final Upstream upstream;

    ModelLists(Upstream upstream) {
        this.upstream = upstream;
    }

    @Override
    public List<ModelInfo> list(ProviderSettings provider, Optional<String> key) throws IOException {
        String url = Objects.requireNonNull(provider.baseUrl()) + "/models";
        boolean anthropic = provider.kind() == ProviderSettings.Kind.ANTHROPIC;
        Request request = upstream.client()
                .newRequest(anthropic ? url + "?limit=1000" : url)
                .headers(headers -> {
                    headers.put(HttpHeader.ACCEPT, "application/json");
                    headers.put(HttpHeader.ACCEPT_ENCODING, "identity");
                    if (anthropic) {
                        headers.put("anthropic-version", Anthropic.VERSION);
                        key.ifPresent(value -> headers.put("x-api-key", value));
                    } else {
                        key.ifPresent(value -> headers.put(HttpHeader.AUTHORIZATION, "Bearer " + value));
                    }
                })
                .timeout(SECONDS, TimeUnit.SECONDS);
        ContentResponse response = send(request);
        if (response.getStatus() != 200) {
            throw new IOException("HTTP " + response.getStatus());
        }
        return read(provider, decoded(response));
    }

    private static ContentResponse send(Request request) throws IOException {
        try {
            return new CompletableResponseListener(request, LONGEST_LIST).send().get(SECONDS + 5, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            throw new IOException("no answer within " + SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static byte[] decoded(ContentResponse response) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ContentCoding coding = ContentCoding.of(response.getHeaders().get(HttpHeader.CONTENT_ENCODING))) {
            coding.feed(response.getContent(), out::writeBytes);
        }
        return out.toByteArray();
    }

    /** The models in an answer: {@code {data: [...]}}, or the array alone. */
    static List<ModelInfo> read(ProviderSettings provider, byte[] body) throws IOException {
        JsonNode root;
        try {
            root = Json.MAPPER.readTree(body);
        } catch (JacksonException e) {
            throw new IOException("its list is not JSON: " + e.getOriginalMessage(), e);
        }
        List<ModelInfo> models = new ArrayList<>();
        for (JsonNode model : root.isArray() ? root : root.path("data")) {
            String id = model.path("id").asString("");
            boolean chats =
                    BuiltInModels.of(provider).isEmpty() || !NO_CHAT.matcher(id).matches();
            if (!id.isBlank() && chats && models.size() < MOST_MODELS) {
                models.add(model(provider, id, model));
            }
        }
        if (models.isEmpty()) {
            throw new IOException("its list has no model");
        }
        return models;
    }

    private static ModelInfo model(ProviderSettings provider, String id, JsonNode model) {
        Optional<ModelInfo> known = BuiltInModels.find(provider, id);
        String name = model.path("display_name").asString(model.path("name").asString(id));
        Integer context = context(model);
        Price price = price(model.path("pricing"));
        return new ModelInfo(
                id,
                name,
                context == null ? known.map(ModelInfo::contextLength).orElse(null) : context,
                price == null ? known.map(ModelInfo::price).orElse(null) : price,
                false);
    }

    private static @Nullable Integer context(JsonNode model) {
        return CONTEXT.stream()
                .map(model::path)
                .filter(value -> value.isIntegralNumber() && value.asInt(0) > 0)
                .map(JsonNode::intValue)
                .findFirst()
                .orElse(null);
    }

    /** OpenRouter's form: dollars per token as text, negative where it depends on the model that is chosen. */
    private static @Nullable Price price(JsonNode pricing) {
        Double input = perMillion(pricing.path("prompt"));
        Double output = perMillion(pricing.path("completion"));
        return input == null || output == null
                ? null
                : new Price(input, output, perMillion(pricing.path("input_cache_read")));
    }

    private static @Nullable Double perMillion(JsonNode perToken) {
        String text = perToken.asString("");
        if (!text.matches("\\d{1,6}(\\.\\d{1,20})?([eE]-?\\d{1,2})?")) {
            return null;
        }
        return new BigDecimal(text).movePointRight(6).doubleValue();
    }
}

package dev.execlaw.gateway;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Learns which settings a provider's models refuse. A call that is refused for a field that it can do without is made
 * again without it, and later calls of that model leave it out from the beginning: nobody can know by name what every
 * server in the world takes. Any thread may use it.
 */
final class Amendments {

    private static final Logger LOG = LoggerFactory.getLogger(Amendments.class);
    /** About a field as such: one whose value is out of range is the guest's to mend. */
    private static final Pattern REFUSAL = Pattern.compile(
            "unsupported|not supported|does not support|unrecognized|unknown (?:field|param|name)|extra (?:input|field)|not permitted",
            Pattern.CASE_INSENSITIVE);

    private static final int ERROR_BODY = 64 << 10;
    private static final int MODELS = 1_000;
    /** So many fields of one call may be refused, one after the other. */
    private static final int MOST = 4;

    /** Fields that a call can do without. The order matters: a message may name the one that should be used instead. */
    private static final List<String> FIELDS = List.of(
            "stream_options",
            "parallel_tool_calls",
            "reasoning_effort",
            "temperature",
            "top_p",
            "max_tokens",
            "max_completion_tokens",
            "user");

    private static final Map<String, String> OTHER_NAME =
            Map.of("max_tokens", "max_completion_tokens", "max_completion_tokens", "max_tokens");

    private final Map<String, Set<String>> refused = new ConcurrentHashMap<>();

    /**
     * Makes a call, again if need be.
     *
     * @param post sends a body to the provider
     */
    Provider.Exchange call(
            ObjectNode body,
            Provider.UpstreamSink sink,
            BiFunction<ObjectNode, Provider.UpstreamSink, Provider.Exchange> post) {
        String model = body.path("model").asString("");
        Set<String> known = refused.getOrDefault(model, Set.of());
        known.forEach(field -> amend(body, field, known));
        Trial trial = new Trial(model, body, sink, post);
        trial.send(MOST);
        return trial;
    }

    /** Leaves a field out; the two names of one limit stand in for each other, unless both are refused. */
    private static void amend(ObjectNode body, String field, Set<String> known) {
        JsonNode value = body.remove(field);
        String other = OTHER_NAME.getOrDefault(field, "");
        if (value != null && !other.isEmpty() && !known.contains(other)) {
            body.set(other, value);
        }
    }

    /** The field for which this body was refused, if it can do without. */
    static Optional<String> refusedField(ObjectNode body, String error) {
        if (!REFUSAL.matcher(error).find()) {
            return Optional.empty();
        }
        JsonNode said;
        try {
            said = Json.MAPPER.readTree(error);
        } catch (JacksonException e) {
            return Optional.empty();
        }
        String param = said.path("error").path("param").asString("");
        if (FIELDS.contains(param) && body.has(param)) {
            return Optional.of(param);
        }
        // Servers with other forms of errors name the field in words or as the place of an extra input.
        return FIELDS.stream()
                .filter(body::has)
                .filter(field ->
                        Pattern.compile("\\b" + field + "\\b").matcher(error).find())
                .findFirst();
    }

    private Set<String> learn(String model, String field) {
        LOG.info("model {} refuses the field {}: its calls leave it out from now on", model, field);
        if (refused.size() >= MODELS && !refused.containsKey(model)) {
            return Set.of(field);
        }
        Set<String> known = refused.computeIfAbsent(model, _ -> ConcurrentHashMap.newKeySet());
        known.add(field);
        return known;
    }

    /** One call with its second chances. */
    private final class Trial implements Provider.Exchange {
        private final String model;
        private final ObjectNode body;
        private final Provider.UpstreamSink sink;
        private final BiFunction<ObjectNode, Provider.UpstreamSink, Provider.Exchange> post;
        private final AtomicReference<Provider.@Nullable Exchange> current = new AtomicReference<>();
        private final AtomicBoolean cancelled = new AtomicBoolean();

        Trial(
                String model,
                ObjectNode body,
                Provider.UpstreamSink sink,
                BiFunction<ObjectNode, Provider.UpstreamSink, Provider.Exchange> post) {
            this.model = model;
            this.body = body;
            this.sink = sink;
            this.post = post;
        }

        void send(int chances) {
            current.set(post.apply(body, chances == 0 ? sink : new Refusal(chances)));
            if (cancelled.get()) {
                cancel();
            }
        }

        @Override
        public void cancel() {
            cancelled.set(true);
            Provider.Exchange exchange = current.get();
            if (exchange != null) {
                exchange.cancel();
            }
        }

        @Override
        public void release() {
            Provider.Exchange exchange = current.get();
            if (exchange != null) {
                exchange.release();
            }
        }

        /** Holds back a refusal until it is known whether it can be mended; passes all else. */
        private final class Refusal implements Provider.UpstreamSink {
            private final int chances;
            private final ByteArrayOutputStream error = new ByteArrayOutputStream();
            private boolean held;
            private int status;
            private String type = "";

            Refusal(int chances) {
                this.chances = chances;
            }

            @Override
            public void started(int code, String contentType, long retryAfter) {
                held = code == 400 || code == 422;
                status = code;
                type = contentType;
                if (!held) {
                    sink.started(code, contentType, retryAfter);
                }
            }

            @Override
            public void data(byte[] bytes, Runnable done) {
                if (!held) {
                    sink.data(bytes, done);
                    return;
                }
                error.write(bytes, 0, Math.min(bytes.length, ERROR_BODY - error.size()));
                done.run();
            }

            @Override
            public void ended() {
                if (!held) {
                    sink.ended();
                    return;
                }
                Optional<String> field =
                        cancelled.get() ? Optional.empty() : refusedField(body, error.toString(StandardCharsets.UTF_8));
                if (field.isPresent()) {
                    amend(body, field.get(), learn(model, field.get()));
                    send(chances - 1);
                } else {
                    sink.started(status, type, 0);
                    sink.data(error.toByteArray(), () -> {});
                    sink.ended();
                }
            }

            @Override
            public void broken(Throwable cause) {
                sink.broken(cause);
            }
        }
    }
}

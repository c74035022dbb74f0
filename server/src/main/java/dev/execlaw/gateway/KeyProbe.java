package dev.execlaw.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpHeader;

/**
 * Asks providers whether they take a key, by a question that costs nothing: for the list of models, or of OpenRouter, which
 * gives that to anybody, for what the key is ({@code GET /key}, openrouter.ai/docs). Any thread may use it.
 */
public final class KeyProbe {

    /** Of a refusal no more is read; of a list nothing at all. */
    private static final int ERROR_BODY = 16 << 10;

    private final Upstream upstream;
    private final Duration deadline;

    KeyProbe(Upstream upstream, Duration deadline) {
        this.upstream = upstream;
        this.deadline = deadline;
    }

    /** Whether a key is good. */
    public enum Verdict {
        TAKEN,
        REFUSED,
        UNCLEAR
    }

    /**
     * What a provider said.
     *
     * @param words for people, the key blotted out
     */
    public record Answer(Verdict verdict, String words) {}

    /** What is asked, and how the key is shown. */
    private record Question(String url, boolean anthropic) {

        static Question of(ProviderSettings provider) {
            String base = Objects.requireNonNull(provider.baseUrl(), "baseUrl");
            return switch (provider.kind()) {
                case ANTHROPIC -> new Question(base + "/models", true);
                case OPENROUTER -> new Question(base + "/key", false);
                case OPENAI_COMPATIBLE -> new Question(base + "/models", false);
                case DEMO -> throw new IllegalArgumentException("provider " + provider.id() + " takes no key");
            };
        }
    }

    /** Asks, and waits for the answer until the deadline. */
    public Answer ask(ProviderSettings provider, String key) {
        UpstreamProblem problems = new UpstreamProblem(provider.id(), "", key, Optional::empty);
        Question question = Question.of(provider);
        InputStreamResponseListener answer = new InputStreamResponseListener();
        Request request;
        try {
            request = request(upstream.client(), question, key);
            request.send(answer);
            Response response = answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            try (InputStream body = answer.getInputStream()) {
                int status = response.getStatus();
                return status == 200 ? taken(provider, question) : judged(status, body, problems, question);
            } finally {
                var _ = request.abort(new IOException("the answer is known"));
            }
        } catch (TimeoutException e) {
            return unclear(problems.down("did not answer within " + deadline.toMillis() + " ms")
                    .detail());
        } catch (ExecutionException e) {
            return unclear(problems.down("cannot be reached: " + e.getCause()).detail());
        } catch (IOException e) {
            return unclear(
                    problems.down("broke off its answer: " + e.getMessage()).detail());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return unclear("the server is shutting down");
        }
    }

    private Request request(HttpClient client, Question question, String key) {
        return client.newRequest(question.url())
                .timeout(deadline.toMillis(), TimeUnit.MILLISECONDS)
                .headers(headers -> {
                    headers.put(HttpHeader.ACCEPT, "application/json");
                    headers.put(HttpHeader.ACCEPT_ENCODING, "identity");
                    if (question.anthropic()) {
                        headers.put("x-api-key", key);
                        headers.put("anthropic-version", Anthropic.VERSION);
                    } else {
                        headers.put(HttpHeader.AUTHORIZATION, "Bearer " + key);
                    }
                });
    }

    private static Answer taken(ProviderSettings provider, Question question) {
        return new Answer(
                Verdict.TAKEN, "Provider " + provider.id() + " takes the key: it answered " + question.url() + ".");
    }

    private static Answer judged(int status, InputStream body, UpstreamProblem problems, Question question)
            throws IOException {
        String said = new String(firstOf(body), StandardCharsets.UTF_8);
        return switch (status) {
            case 401, 402, 403 ->
                new Answer(Verdict.REFUSED, problems.status(status, said).detail());
            case 404, 405 ->
                unclear(problems.status(status, said).detail() + " It has nothing at " + question.url()
                        + ", so it could not be asked for the key alone.");
            default -> unclear(problems.status(status, said).detail());
        };
    }

    private static byte[] firstOf(InputStream body) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        byte[] some = new byte[4096];
        for (int n = body.read(some); n >= 0 && read.size() < ERROR_BODY; n = body.read(some)) {
            read.write(some, 0, n);
        }
        return read.toByteArray();
    }

    private static Answer unclear(String words) {
        return new Answer(Verdict.UNCLEAR, words);
    }
}

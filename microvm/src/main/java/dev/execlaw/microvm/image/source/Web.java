package dev.execlaw.microvm.image.source;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Flow;

/**
 * HTTP as the sources need it: proxies from the environment, redirects followed but never from https to http, every
 * wait bounded. Any thread may use it; close it when done.
 */
public final class Web implements AutoCloseable {

    private static final String TUNNEL_SCHEMES = "jdk.http.auth.tunneling.disabledSchemes";

    private final HttpClient client;
    private final Timeouts timeouts;

    Web(HttpClient client, Timeouts timeouts) {
        this.client = client;
        this.timeouts = timeouts;
    }

    /** A client with the proxies that the environment names. */
    public static Web of(Map<String, String> environment, Timeouts timeouts) {
        return new Web(builder(environment, timeouts).build(), timeouts);
    }

    static HttpClient.Builder builder(Map<String, String> environment, Timeouts timeouts) {
        Proxies proxies = new Proxies(environment);
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NORMAL)
                .connectTimeout(timeouts.connect())
                .proxy(proxies);
        proxies.authenticator().ifPresent(authenticator -> {
            // The JDK sends no password to a proxy for https unless this is empty before its client is first used.
            if (System.getProperty(TUNNEL_SCHEMES) == null) {
                System.setProperty(TUNNEL_SCHEMES, "");
            }
            builder.authenticator(authenticator);
        });
        return builder;
    }

    Timeouts timeouts() {
        return timeouts;
    }

    /** Sends a GET; the answer's head is there when it returns. Close the answer. */
    Answer get(URI uri, Map<String, String> headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(timeouts.answer());
        headers.forEach(request::header);
        Body body = new Body(timeouts.idle());
        HttpResponse<Flow.Publisher<List<ByteBuffer>>> response =
                client.send(request.build(), HttpResponse.BodyHandlers.ofPublisher());
        response.body().subscribe(body);
        return new Answer(response.statusCode(), response.headers(), response.uri(), body);
    }

    /**
     * A small document as a whole.
     *
     * @throws SourceException when the answer is larger or its status is not 200
     */
    public byte[] document(URI uri, int mostBytes) throws IOException, InterruptedException {
        try (Answer answer = get(uri, Map.of())) {
            answer.check(200);
            ByteBuffer whole = ByteBuffer.allocate(mostBytes);
            for (var part = answer.read(timeouts.total()); part.isPresent(); part = answer.read(timeouts.total())) {
                if (part.get().remaining() > whole.remaining()) {
                    throw new SourceException(uri + " gives more than " + mostBytes
                            + " bytes where a small document was expected: check the address");
                }
                whole.put(part.get());
            }
            byte[] document = new byte[whole.flip().remaining()];
            whole.get(document);
            return document;
        }
    }

    /** The status that an address answers with, whatever it is. */
    public int status(URI uri) throws IOException, InterruptedException {
        return head(uri).statusCode();
    }

    /** Where an address leads after all its redirects. */
    URI destination(URI uri) throws IOException, InterruptedException {
        HttpResponse<Void> response = head(uri);
        try (Answer answer =
                new Answer(response.statusCode(), response.headers(), response.uri(), new Body(timeouts.idle()))) {
            answer.check(200);
        }
        return response.uri();
    }

    private HttpResponse<Void> head(URI uri) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(uri).timeout(timeouts.answer()).HEAD().build();
        return client.send(request, HttpResponse.BodyHandlers.discarding());
    }

    @Override
    public void close() {
        client.shutdownNow();
    }

    /**
     * The answer to one request.
     *
     * @param uri where it came from, after redirects
     */
    record Answer(int status, HttpHeaders headers, URI uri, Body body) implements AutoCloseable {

        /** Throws what is right for a status other than the expected: lasting or passing. */
        void check(int expected) throws IOException {
            if (status == expected) {
                return;
            }
            if (status == 408 || status == 425 || status == 429 || status >= 500) {
                throw new PassingException(uri + " answered " + status, retryAfter());
            }
            if (status >= 300 && status < 400) {
                throw new SourceException(uri + " redirects to "
                        + headers.firstValue("Location").orElse("nowhere")
                        + ", which is not followed (from https to http, or too many): check the address");
            }
            throw new SourceException(uri + " answered " + status
                    + (status == 404 ? " (no such file)" : "")
                    + ": check the version and the address, or set a mirror, or give the file itself");
        }

        Optional<ByteBuffer> read(Duration atMost) throws IOException, InterruptedException {
            return body.read(atMost);
        }

        private Duration retryAfter() {
            return headers.firstValue("Retry-After")
                    .filter(value -> value.matches("[0-9]{1,4}"))
                    .map(value -> Duration.ofSeconds(Long.parseLong(value)))
                    .orElse(Duration.ZERO);
        }

        @Override
        public void close() {
            body.close();
        }
    }
}

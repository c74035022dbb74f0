package dev.execlaw.gateway;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** One request of the gateway to a provider, over HTTP/1.1 or HTTP/2. */
final class HttpCall {

    /** Bytes that may come after the end of an answer. */
    private static final int LEFT_OVER = 64 << 10;

    private HttpCall() {}

    /**
     * Posts a body of JSON and returns at once.
     *
     * @param headers adds to those of the request; the key is among them
     */
    static Provider.Exchange post(
            Upstream upstream,
            String url,
            Consumer<HttpFields.Mutable> headers,
            ObjectNode body,
            Provider.UpstreamSink sink) {
        Request request = upstream.client()
                .newRequest(url)
                .method(HttpMethod.POST)
                .headers(fields -> {
                    fields.put(HttpHeader.ACCEPT, "text/event-stream, application/json");
                    fields.put(HttpHeader.ACCEPT_ENCODING, "identity");
                    headers.accept(fields);
                })
                .body(new BytesRequestContent("application/json", Json.MAPPER.writeValueAsBytes(body)));
        Answer answer = new Answer(request, sink);
        request.send(answer);
        return answer;
    }

    /** We ended the call ourselves. */
    private static final class Cancelled extends Exception {
        private static final long serialVersionUID = 1L;

        Cancelled() {
            super("the call was cancelled", null, false, false);
        }
    }

    /** Takes the answer, without its content coding, to the sink; called by one thread at a time. */
    private static final class Answer implements Response.Listener, Provider.Exchange {
        private final Request request;
        private final Provider.UpstreamSink sink;
        private final AtomicBoolean over = new AtomicBoolean();
        private volatile @Nullable ContentCoding coding;
        /** Asks for more once the sink has taken what it has. */
        private final AtomicReference<@Nullable Runnable> demand = new AtomicReference<>();
        /** Set when nobody wants the rest. */
        private volatile boolean released;

        private int thrownAway;

        Answer(Request request, Provider.UpstreamSink sink) {
            this.request = request;
            this.sink = sink;
        }

        @Override
        public void onHeaders(Response response) {
            HttpFields headers = response.getHeaders();
            try {
                coding = ContentCoding.of(headers.get(HttpHeader.CONTENT_ENCODING));
            } catch (BadAnswer e) {
                broken(e);
                return;
            }
            String type = headers.get(HttpHeader.CONTENT_TYPE);
            sink.started(response.getStatus(), type == null ? "" : type, RetryAfter.seconds(headers, Instant.now()));
        }

        @Override
        public void onContent(Response response, Content.Chunk chunk, Runnable demander) {
            ContentCoding decoder = coding;
            ByteBuffer buffer = chunk.getByteBuffer();
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            if (released) {
                throwAway(bytes.length, demander);
                return;
            }
            if (decoder == null || over.get()) {
                return;
            }
            List<byte[]> pieces = new ArrayList<>();
            try {
                decoder.feed(bytes, pieces::add);
            } catch (BadAnswer e) {
                broken(e);
                return;
            }
            demand.set(demander);
            for (int i = 0; i < pieces.size(); i++) {
                sink.data(pieces.get(i), i == pieces.size() - 1 ? this::more : () -> {});
            }
            if (pieces.isEmpty() || released) {
                more();
            }
        }

        private void more() {
            Runnable next = demand.getAndSet(null);
            if (next != null) {
                next.run();
            }
        }

        private void throwAway(int bytes, Runnable demander) {
            thrownAway += bytes;
            if (thrownAway > LEFT_OVER) {
                cancel();
            } else {
                demander.run();
            }
        }

        @Override
        public void cancel() {
            var _ = request.abort(new Cancelled());
        }

        @Override
        public void release() {
            released = true;
            more();
        }

        @Override
        public void onComplete(Result result) {
            ContentCoding decoder = coding;
            if (decoder != null) {
                decoder.close();
            }
            Throwable failure = result.getFailure();
            if (!over.compareAndSet(false, true)) {
                return;
            }
            if (failure == null) {
                sink.ended();
            } else {
                sink.broken(failure);
            }
        }

        private void broken(BadAnswer cause) {
            if (over.compareAndSet(false, true)) {
                sink.broken(cause);
                var _ = request.abort(cause);
            }
        }
    }
}

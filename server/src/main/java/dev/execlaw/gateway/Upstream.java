package dev.execlaw.gateway;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.transport.HttpClientConnectionFactory;
import org.eclipse.jetty.client.transport.HttpClientTransportDynamic;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.ClientConnectionFactoryOverHTTP2;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.VirtualThreadPool;

/**
 * The HTTP client towards providers: HTTP/2 where a provider offers it under TLS, HTTP/1.1 elsewhere. It begins to start when it is made, on a thread of its own: loading TLS takes longer
 * than all the rest of the gateway, and the first call to a provider comes long after. Any thread may use it.
 */
final class Upstream {

    private static final long START_SECONDS = 30;

    /** What a provider may send of one answer before its guest has read it; all answers share one connection. */
    private static final int STREAM_WINDOW = 512 << 10;

    private static final int CONNECTION_WINDOW = 64 << 20;

    private final CompletableFuture<HttpClient> started = new CompletableFuture<>();

    /**
     * @param tls whom to trust; made on the client's own thread
     */
    Upstream(GatewaySettings settings, Supplier<SslContextFactory.Client> tls) {
        Thread.ofVirtual().name("gateway-upstream-start").start(() -> start(settings, tls));
    }

    private void start(GatewaySettings settings, Supplier<SslContextFactory.Client> tls) {
        try {
            HttpClient client = client(settings, tls.get());
            client.start();
            // Redirects and challenges are the provider's answers, to be told, not followed.
            client.getProtocolHandlers().clear();
            // Answers are decoded as they come, see ContentCoding; the client adds its own decoders when it starts.
            client.getContentDecoderFactories().clear();
            started.complete(client);
        } catch (Exception e) {
            started.completeExceptionally(e);
        }
    }

    private static HttpClient client(GatewaySettings settings, SslContextFactory.Client tls) {
        ClientConnector connector = new ClientConnector();
        connector.setSelectors(1);
        connector.setSslContextFactory(tls);
        HTTP2Client http2 = new HTTP2Client(connector);
        http2.setInitialStreamRecvWindow(STREAM_WINDOW);
        http2.setInitialSessionRecvWindow(CONNECTION_WINDOW);
        HttpClient client = new HttpClient(new HttpClientTransportDynamic(
                connector, HttpClientConnectionFactory.HTTP11, new ClientConnectionFactoryOverHTTP2.HTTP2(http2)));
        VirtualThreadPool threads = new VirtualThreadPool(0);
        threads.setName("gateway-upstream");
        client.setExecutor(threads);
        client.setConnectTimeout(settings.connectTimeout().toMillis());
        client.setIdleTimeout(settings.silence().toMillis());
        client.setFollowRedirects(false);
        client.setMaxConnectionsPerDestination(1_024);
        client.setUserAgentField(new HttpField(HttpHeader.USER_AGENT, "ExeClaw"));
        client.setHttpCookieStore(new HttpCookieStore.Empty());
        return client;
    }

    /**
     * The client, once it runs.
     *
     * @throws IllegalStateException when it does not start
     */
    HttpClient client() {
        try {
            return started.get(START_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the client for providers did not start: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new IllegalStateException("the client for providers did not start within " + START_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the client for providers started", e);
        }
    }

    /** Stops it, after it has started if need be. */
    void stop() {
        LifeCycle.stop(client());
    }
}

package dev.execlaw.gateway;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** A provider on loopback behind TLS, with HTTP/2 where the client wants it, which plays transcripts. */
final class SecureUpstream implements AutoCloseable {

    private static final String PASSWORD = "of-no-worth";

    final List<HttpVersion> versions = new CopyOnWriteArrayList<>();
    final Set<String> connections = ConcurrentHashMap.newKeySet();
    final List<String> failures = new CopyOnWriteArrayList<>();
    private final Path directory = Files.createTempDirectory("tls");
    private final Server server = new Server();
    private final ServerConnector connector;
    private volatile Transcript transcript = Transcript.all().getFirst();
    private volatile int piece = 1 << 20;
    private volatile String coding = "";

    SecureUpstream() throws Exception {
        keys(directory.resolve("server.p12"));
        SslContextFactory.Server tls = new SslContextFactory.Server();
        tls.setKeyStorePath(directory.resolve("server.p12").toString());
        tls.setKeyStorePassword(PASSWORD);
        HttpConfiguration http = new HttpConfiguration();
        http.addCustomizer(new SecureRequestCustomizer(false));
        ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory("h2", "http/1.1");
        connector = new ServerConnector(
                server,
                new SslConnectionFactory(tls, alpn.getProtocol()),
                alpn,
                new HTTP2ServerConnectionFactory(http),
                new HttpConnectionFactory(http));
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(new Player());
        server.start();
    }

    /** A key and a certificate of its own for 127.0.0.1. */
    private static void keys(Path store) throws Exception {
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=127.0.0.1",
                        "-ext",
                        "SAN=IP:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .start();
        if (!keytool.waitFor(60, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
            keytool.destroyForcibly();
            throw new IOException(
                    "keytool: " + new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    String url() {
        return "https://127.0.0.1:" + connector.getLocalPort() + "/v1";
    }

    /** For a client that trusts this server and nobody else. */
    Supplier<SslContextFactory.Client> trust() {
        return () -> {
            SslContextFactory.Client tls = new SslContextFactory.Client();
            tls.setTrustStorePath(directory.resolve("server.p12").toString());
            tls.setTrustStorePassword(PASSWORD);
            return tls;
        };
    }

    void play(Transcript next, int size, String contentCoding) {
        transcript = next;
        piece = size;
        coding = contentCoding;
    }

    private final class Player extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            versions.add(request.getConnectionMetaData().getHttpVersion());
            connections.add(
                    request.getConnectionMetaData().getRemoteSocketAddress().toString());
            response.setStatus(transcript.status());
            transcript.head().stream()
                    .skip(1)
                    .filter(line -> !line.startsWith("connection"))
                    .forEach(line -> {
                        int colon = line.indexOf(':');
                        response.getHeaders().put(line.substring(0, colon), line.substring(colon + 2));
                    });
            if (!coding.isEmpty()) {
                response.getHeaders().put("content-encoding", coding);
            }
            try {
                for (byte[] bytes : transcript.pieces(piece, coding)) {
                    Content.Sink.write(response, false, ByteBuffer.wrap(bytes));
                }
                response.write(true, null, callback);
            } catch (IOException e) {
                failures.add(e.toString());
                callback.failed(e);
            }
            return true;
        }
    }

    @Override
    public void close() throws Exception {
        server.stop();
        Files.delete(directory.resolve("server.p12"));
        Files.delete(directory);
    }
}

package dev.execlaw.microvm.image.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.execlaw.microvm.process.Command;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WebTest {

    @Test
    void asksTheProxyThatTheEnvironmentNames() throws Exception {
        try (AssetServer proxy = new AssetServer()) {
            proxy.put("/file", "through the proxy".getBytes(StandardCharsets.UTF_8));
            Map<String, String> environment =
                    Map.of("http_proxy", "http://127.0.0.1:" + proxy.port(), "no_proxy", "other.test");
            try (Web web = Web.of(environment, Timeouts.DEFAULT)) {
                byte[] got = web.document(URI.create("http://nowhere.test/file"), 1000);
                assertThat(new String(got, StandardCharsets.UTF_8)).isEqualTo("through the proxy");
            }
            assertThat(proxy.requests()).containsExactly("GET http://nowhere.test/file");
        }
    }

    @Test
    void readsTheVariablesAsCurlDoes() {
        Map<String, String> environment = Map.of(
                "http_proxy", "proxy.test:3128",
                "HTTP_PROXY", "http://attacker.test:1",
                "HTTPS_PROXY", "http://secure.test",
                "NO_PROXY", "localhost, .internal.test,10.0.0.7:8080");
        Proxies proxies = new Proxies(environment);
        assertThat(chosen(proxies, "http://a.test/")).isEqualTo("proxy.test:3128");
        assertThat(chosen(proxies, "https://a.test/")).isEqualTo("secure.test:80");
        assertThat(chosen(proxies, "http://localhost/")).isEqualTo("none");
        assertThat(chosen(proxies, "https://X.Internal.test/")).isEqualTo("none");
        assertThat(chosen(proxies, "https://internal.test/")).isEqualTo("none");
        assertThat(chosen(proxies, "https://notinternal.test/")).isEqualTo("secure.test:80");
        assertThat(chosen(proxies, "http://10.0.0.7:8080/")).isEqualTo("none");
        assertThat(chosen(proxies, "http://10.0.0.7/")).isEqualTo("proxy.test:3128");
        assertThat(chosen(new Proxies(Map.of("HTTP_PROXY", "http://attacker.test:1")), "http://a.test/"))
                .isEqualTo("none");
        assertThat(chosen(new Proxies(Map.of("all_proxy", "http://p.test:1", "no_proxy", "*")), "http://a.test/"))
                .isEqualTo("none");
    }

    @Test
    void refusesAProxyItCannotUseWithoutShowingItsPassword() {
        assertThatThrownBy(() -> new Proxies(Map.of("https_proxy", "socks5://me:s3cret@p.test:1")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("https_proxy")
                .hasMessageContaining("socks5")
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void boundsADocument() throws Exception {
        try (AssetServer server = new AssetServer();
                Web web = Web.of(Map.of(), Timeouts.DEFAULT)) {
            server.put("/big", new byte[2000]);
            assertThatThrownBy(() -> web.document(server.uri("/big"), 1999))
                    .isInstanceOf(SourceException.class)
                    .hasMessageContaining("more than 1999 bytes");
            assertThat(web.document(server.uri("/big"), 2000)).hasSize(2000);
        }
    }

    @Test
    void neverFollowsFromHttpsToHttp(@TempDir Path dir) throws Exception {
        SSLContext tls = selfSigned(dir);
        HttpsServer https = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        https.setHttpsConfigurator(new HttpsConfigurator(tls));
        try (AssetServer plain = new AssetServer();
                AssetServer secure = new AssetServer(https);
                Web web = new Web(
                        Web.builder(Map.of(), Timeouts.DEFAULT).sslContext(tls).build(), Timeouts.DEFAULT)) {
            plain.put("/file", new byte[] {1});
            secure.redirect("/file", plain.uri("/file").toString());
            URI uri = URI.create("https://127.0.0.1:" + secure.port() + "/file");
            assertThatThrownBy(() -> web.document(uri, 100))
                    .isInstanceOf(SourceException.class)
                    .hasMessageContaining("not followed (from https to http");
            assertThat(plain.requests()).isEmpty();
            assertThat(secure.requests()).hasSize(1);
        }
    }

    private static String chosen(ProxySelector proxies, String uri) {
        List<Proxy> chosen = proxies.select(URI.create(uri));
        assertThat(chosen).hasSize(1);
        return chosen.getFirst().address() instanceof InetSocketAddress address
                ? address.getHostString() + ":" + address.getPort()
                : "none";
    }

    private static SSLContext selfSigned(Path dir) throws Exception {
        Path store = dir.resolve("keys.p12");
        Command.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "test",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=127.0.0.1",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "changeit",
                        "-keystore",
                        store.toString())
                .runOrThrow();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, "changeit".toCharArray());
        }
        KeyManagerFactory mine = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        mine.init(keys, "changeit".toCharArray());
        TrustManagerFactory theirs = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        theirs.init(keys);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(mine.getKeyManagers(), theirs.getTrustManagers(), null);
        return context;
    }
}

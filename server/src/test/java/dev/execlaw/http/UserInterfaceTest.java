package dev.execlaw.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Files of the user interface; those of the test's own resources stand for the real ones. */
final class UserInterfaceTest {

    private static final String ASSET = "/assets/app-0a1b2c3d.js";

    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    @Test
    void allPagesAreTheIndex() throws Exception {
        for (String page : new String[] {
            "/",
            "/new",
            "/host",
            "/keys",
            "/usage",
            "/s/abc",
            "/s/abc/console",
            "/s/abc/history",
            "/s/abc/info",
            "/index.html"
        }) {
            HttpResponse<String> response = server.send(server.bare(page));
            assertThat(response.statusCode()).as(page).isEqualTo(200);
            assertThat(response.body()).contains("<title>fixture</title>");
            assertThat(header(response, "Content-Type")).isEqualTo("text/html;charset=utf-8");
            assertThat(header(response, "Cache-Control")).isEqualTo("no-cache");
            assertThat(header(response, "Content-Security-Policy"))
                    .contains("default-src 'none'")
                    .contains("require-trusted-types-for 'script'; trusted-types dompurify");
            assertThat(header(response, "X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(header(response, "Referrer-Policy")).isEqualTo("no-referrer");
            assertThat(header(response, "Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
            assertThat(header(response, "Permissions-Policy")).contains("camera=()");
            assertThat(header(response, "Server")).isEmpty();
        }
    }

    @Test
    void assetsNeverChange() throws Exception {
        HttpResponse<String> plain = server.send(server.bare(ASSET));
        assertThat(plain.body()).contains("fixture");
        assertThat(header(plain, "Cache-Control")).isEqualTo("public, max-age=31536000, immutable");
        assertThat(header(plain, "Content-Type")).isEqualTo("text/javascript;charset=utf-8");
        assertThat(header(plain, "Vary")).isEqualTo("Accept-Encoding");
        HttpResponse<String> zipped = server.send(server.bare(ASSET).header("Accept-Encoding", "br, gzip"));
        assertThat(header(zipped, "Content-Encoding")).isEqualTo("gzip");
        assertThat(header(zipped, "ETag")).endsWith("-gz\"").isNotEqualTo(header(plain, "ETag"));
        HttpResponse<String> refused = server.send(server.bare(ASSET).header("Accept-Encoding", "gzip;q=0"));
        assertThat(header(refused, "Content-Encoding")).isEmpty();
    }

    @Test
    void whatTheBrowserHasIsNotSentAgain() throws Exception {
        String etag = header(server.send(server.bare("/")), "ETag");
        HttpResponse<String> again = server.send(server.bare("/").header("If-None-Match", "\"x\", W/" + etag));
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(header(again, "ETag")).isEqualTo(etag);
        assertThat(server.send(server.bare("/").header("If-None-Match", "\"x\""))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void nothingElseIsServed() throws Exception {
        for (String path : new String[] {
            "/assets/none.js",
            "/assets/",
            "/assets/..%2findex.html",
            "/..%2fHttpServer.class",
            "/.hidden",
            "/s/a/b/c",
            ASSET + ".gz",
            "/assets/app-0a1b2c3d.js/x"
        }) {
            HttpResponse<String> response = server.send(server.bare(path));
            assertThat(response.statusCode()).as(path).isBetween(400, 404);
            assertThat(header(response, "Content-Type")).as(path).isEqualTo("application/problem+json");
        }
        assertThat(header(server.send(server.bare("/favicon.svg")), "Content-Type"))
                .isEqualTo("image/svg+xml");
    }
}

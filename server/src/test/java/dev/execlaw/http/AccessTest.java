package dev.execlaw.http;

import static dev.execlaw.http.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.auth.Proxies;
import dev.execlaw.auth.RateLimit;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is let in, and who is not. */
final class AccessTest {

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private static String code(HttpResponse<String> response) {
        return response.statusCode() + " " + json(response).path("code").asString("");
    }

    private HttpRequest.Builder post() {
        return server.bare("/api/v1/sessions")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"provider\":\"demo\"}"));
    }

    private String cookie() throws Exception {
        HttpResponse<String> login = server.send(server.bare("/login?token=" + TestServer.TOKEN));
        assertThat(login.statusCode()).isEqualTo(303);
        assertThat(login.headers().firstValue("Location")).contains("/");
        String set = login.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(set)
                .contains("HttpOnly")
                .contains("SameSite=Strict")
                .contains("Path=/")
                .doesNotContain("Secure");
        assertThat(set).doesNotContain(TestServer.TOKEN);
        return set.substring(0, set.indexOf(';'));
    }

    @Test
    void tokens() throws Exception {
        HttpResponse<String> none = server.send(server.bare("/api/v1/sessions"));
        assertThat(code(none)).isEqualTo("401 UNAUTHENTICATED");
        assertThat(none.headers().firstValue("WWW-Authenticate").orElseThrow()).startsWith("Bearer");
        assertThat(code(server.send(server.bare("/api/v1/sessions").header("Authorization", "Bearer wrong"))))
                .isEqualTo("401 UNAUTHENTICATED");
        assertThat(code(server.send(
                        server.bare("/api/v1/sessions").header("Authorization", "Basic " + TestServer.TOKEN))))
                .isEqualTo("401 UNAUTHENTICATED");
        assertThat(code(server.send(server.bare("/api/v1/nothing")))).isEqualTo("401 UNAUTHENTICATED");
        assertThat(code(server.send(server.bare("/api/v1/openapi.json")))).isEqualTo("401 UNAUTHENTICATED");
        assertThat(server.get("/sessions").statusCode()).isEqualTo(200);
        assertThat(server.send(server.bare("/api/v1/sessions").header("Authorization", "bearer " + TestServer.TOKEN))
                        .statusCode())
                .isEqualTo(200);
        assertThat(server.send(server.bare("/api/v1/health")).statusCode()).isEqualTo(200);
    }

    @Test
    void cookies() throws Exception {
        String cookie = cookie();
        assertThat(server.send(server.bare("/api/v1/sessions").header("Cookie", "a=b; " + cookie))
                        .statusCode())
                .isEqualTo(200);
        assertThat(code(server.send(server.bare("/api/v1/sessions").header("Cookie", cookie + "x"))))
                .isEqualTo("401 UNAUTHENTICATED");
        assertThat(code(server.send(server.bare("/api/v1/sessions").header("Cookie", "execlaw=" + TestServer.TOKEN))))
                .isEqualTo("401 UNAUTHENTICATED");
        assertThat(server.send(server.bare("/api/v1/health").header("Cookie", "execlaw=old"))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void originsWithACookie() throws Exception {
        String cookie = cookie();
        assertThat(server.send(post().header("Cookie", cookie).header("Origin", server.origin()))
                        .statusCode())
                .isEqualTo(201);
        assertThat(server.send(post().header("Cookie", cookie).header("Sec-Fetch-Site", "same-origin"))
                        .statusCode())
                .isEqualTo(201);
        for (String origin :
                List.of("http://evil.example", "null", "http://127.0.0.1:1", server.origin() + ".evil.example")) {
            assertThat(code(server.send(post().header("Cookie", cookie).header("Origin", origin))))
                    .as(origin)
                    .isEqualTo("403 ORIGIN_REFUSED");
        }
        assertThat(code(server.send(post().header("Cookie", cookie).header("Sec-Fetch-Site", "cross-site"))))
                .isEqualTo("403 ORIGIN_REFUSED");
        assertThat(code(server.send(post().header("Cookie", cookie)))).isEqualTo("403 ORIGIN_REFUSED");
        assertThat(server.sessions.created).hasSize(2);
    }

    @Test
    void originsWithAToken() throws Exception {
        String bearer = "Bearer " + TestServer.TOKEN;
        assertThat(server.send(post().header("Authorization", bearer)).statusCode())
                .isEqualTo(201);
        assertThat(code(server.send(post().header("Authorization", bearer).header("Origin", "http://evil.example"))))
                .isEqualTo("403 ORIGIN_REFUSED");
    }

    @Test
    void hosts() throws Exception {
        assertThat(code(server.send(server.bare("/api/v1/health").header("Host", "evil.example"))))
                .isEqualTo("403 ORIGIN_REFUSED");
        assertThat(code(server.send(server.api("/sessions").header("Host", "192.0.2.7:8000"))))
                .isEqualTo("403 ORIGIN_REFUSED");
        for (String host : List.of("localhost:8000", "127.0.0.1", "[::1]:8000", "EXECLAW.example", "a.localhost")) {
            assertThat(server.send(server.api("/sessions").header("Host", host)).statusCode())
                    .as(host)
                    .isEqualTo(200);
        }
    }

    @Test
    void login() throws Exception {
        HttpResponse<String> wrong = server.send(server.bare("/login?token=wrong"));
        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(wrong.body()).contains("not valid").contains("<form");
        assertThat(wrong.headers().firstValue("Content-Security-Policy")).contains(SecurityHeaders.POLICY);
        assertThat(wrong.headers().firstValue("Set-Cookie")).isEmpty();
        HttpResponse<String> page = server.send(server.bare("/login"));
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(server.send(server.bare("/login.css"))
                        .headers()
                        .firstValue("Content-Type")
                        .orElseThrow())
                .startsWith("text/css");
        var form = server.bare("/login").header("Content-Type", "application/x-www-form-urlencoded");
        form.POST(HttpRequest.BodyPublishers.ofString("token=" + TestServer.TOKEN));
        assertThat(server.send(form).statusCode()).isEqualTo(303);
        assertThat(code(server.send(form.header("Origin", "http://evil.example"))))
                .isEqualTo("403 ORIGIN_REFUSED");
        assertThat(code(server.send(server.bare("/login").method("PUT", HttpRequest.BodyPublishers.noBody()))))
                .isEqualTo("405 METHOD_NOT_ALLOWED");
        assertThat(code(server.send(server.bare("/login?token=%FF")))).startsWith("400");
    }

    @Test
    void logout() throws Exception {
        HttpRequest.Builder out = server.bare("/logout")
                .header("Cookie", cookie())
                .header("Origin", server.origin())
                .POST(HttpRequest.BodyPublishers.noBody());
        HttpResponse<String> done = server.send(out);
        assertThat(done.statusCode()).isEqualTo(204);
        assertThat(done.headers().firstValue("Set-Cookie").orElseThrow())
                .contains("execlaw=;")
                .contains("Max-Age=0");
        assertThat(code(server.send(server.bare("/logout")))).isEqualTo("405 METHOD_NOT_ALLOWED");
    }

    @Test
    void onlyConfiguredProxiesAreBelieved() throws Exception {
        String cookie = cookie();
        HttpRequest.Builder proxied = post().header("Cookie", cookie)
                .header("Host", "execlaw.example")
                .header("X-Forwarded-Proto", "https")
                .header("Origin", "https://execlaw.example");
        assertThat(code(server.send(proxied))).isEqualTo("403 ORIGIN_REFUSED");
        server.close();
        server = new TestServer(TestServer.settings(draft -> {
            draft.proxies = new Proxies(List.of(Proxies.Network.parse("127.0.0.0/8")));
            return draft;
        }));
        HttpRequest.Builder trusted = post().header("Cookie", cookie)
                .header("Host", "execlaw.example")
                .header("X-Forwarded-Proto", "https")
                .header("Origin", "https://execlaw.example");
        assertThat(server.send(trusted).statusCode()).isEqualTo(201);
        HttpResponse<String> login =
                server.send(server.bare("/login?token=" + TestServer.TOKEN).header("X-Forwarded-Proto", "https"));
        assertThat(login.headers().firstValue("Set-Cookie").orElseThrow()).contains("; Secure");
    }

    @Test
    void tooManyRequests() throws Exception {
        server.close();
        server = new TestServer(TestServer.settings(draft -> {
            draft.requests = new RateLimit(1, 5);
            draft.proxies = new Proxies(List.of(Proxies.Network.parse("127.0.0.1")));
            return draft;
        }));
        for (int i = 0; i < 5; i++) {
            assertThat(server.get("/sessions").statusCode()).isEqualTo(200);
        }
        HttpResponse<String> sixth = server.get("/sessions");
        assertThat(code(sixth)).isEqualTo("429 RATE_LIMIT");
        assertThat(sixth.headers().firstValueAsLong("Retry-After").orElseThrow())
                .isBetween(1L, 60L);
        assertThat(json(sixth).get("detail").stringValue())
                .contains("1 a minute")
                .contains("5 at once");
        assertThat(server.send(server.api("/sessions").header("X-Forwarded-For", "192.0.2.1"))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void guessingIsStopped() throws Exception {
        server.close();
        server = new TestServer(TestServer.settings(draft -> {
            draft.failures = new RateLimit(1, 3);
            draft.proxies = new Proxies(List.of(Proxies.Network.parse("127.0.0.1")));
            return draft;
        }));
        HttpRequest.Builder guess = server.bare("/api/v1/sessions")
                .header("Authorization", "Bearer wrong")
                .header("X-Forwarded-For", "192.0.2.1");
        for (int i = 0; i < 3; i++) {
            assertThat(code(server.send(guess))).isEqualTo("401 UNAUTHENTICATED");
        }
        assertThat(code(server.send(guess))).isEqualTo("429 RATE_LIMIT");
        HttpRequest.Builder right = server.api("/sessions").header("X-Forwarded-For", "192.0.2.1");
        assertThat(code(server.send(right)))
                .as("from the same address not even the right one")
                .isEqualTo("429 RATE_LIMIT");
        assertThat(server.get("/sessions").statusCode()).as("from elsewhere").isEqualTo(200);
        assertThat(server.send(server.bare("/login?token=wrong").header("X-Forwarded-For", "192.0.2.1"))
                        .statusCode())
                .isEqualTo(429);
    }
}

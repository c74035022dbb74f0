package dev.execlaw.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.execlaw.auth.Authenticator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.UrlEncoded;
import org.jspecify.annotations.Nullable;

/** Turns the token into a browser's cookie, and takes the cookie back. Any thread may use it. */
final class Login {

    private static final String PAGE = resource("login.html");
    private static final String STYLE = resource("login.css");
    private static final String FORM = "application/x-www-form-urlencoded";

    private final Authenticator authenticator;
    private final Guard guard;
    private final Bodies bodies;

    Login(Authenticator authenticator, Guard guard, Bodies bodies) {
        this.authenticator = authenticator;
        this.guard = guard;
        this.bodies = bodies;
    }

    /** {@code GET /login?token=T}, the link that the server prints, or {@code POST /login} from the page's form. */
    void in(Caller caller, Request request, Response response, Callback callback) throws IOException {
        String token = switch (request.getMethod()) {
            case "GET", "HEAD" -> Call.query(request).getValue("token");
            case "POST" -> {
                guard.requireOwnOrigin(caller, request, false);
                yield posted(request);
            }
            default -> throw notAllowed(request, response, "GET, HEAD, POST");
        };
        if (token == null) {
            page(response, 200, "", callback);
        } else if (guard.tokenMatches(token, caller.client())) {
            setCookie(response, caller, authenticator.newCookie(), Authenticator.COOKIE_LIFE.toSeconds());
            response.getHeaders().put(HttpHeader.LOCATION, "/");
            Reply.nothing(303).send(response, callback);
        } else {
            page(response, 401, "<p role=\"alert\">That token is not valid.</p>", callback);
        }
    }

    /** {@code POST /logout}. */
    void out(Caller caller, Request request, Response response, Callback callback) {
        if (!request.getMethod().equals("POST")) {
            throw notAllowed(request, response, "POST");
        }
        guard.requireOwnOrigin(caller, request, false);
        setCookie(response, caller, "", 0);
        Reply.nothing(204).send(response, callback);
    }

    /** {@code GET /login.css}. */
    static void style(Response response, Callback callback) {
        SecurityHeaders.put(response.getHeaders());
        new Reply(200, "text/css;charset=utf-8", STYLE.getBytes(UTF_8)).send(response, callback);
    }

    private @Nullable String posted(Request request) throws IOException {
        Fields fields = new Fields();
        UrlEncoded.decodeTo(new String(bodies.read(request, FORM), UTF_8), fields::add, UTF_8);
        return fields.getValue("token");
    }

    private static void setCookie(Response response, Caller caller, String value, long seconds) {
        response.getHeaders()
                .add(
                        HttpHeader.SET_COOKIE,
                        Authenticator.COOKIE + "=" + value + "; Path=/; Max-Age=" + seconds
                                + "; HttpOnly; SameSite=Strict" + (caller.secure() ? "; Secure" : ""));
    }

    private static void page(Response response, int status, String message, Callback callback) {
        byte[] html = PAGE.replace("<!--message-->", message).getBytes(UTF_8);
        SecurityHeaders.put(response.getHeaders());
        new Reply(status, "text/html;charset=utf-8", html).send(response, callback);
    }

    private static RuntimeException notAllowed(Request request, Response response, String allowed) {
        response.getHeaders().put(HttpHeader.ALLOW, allowed);
        return Router.methodNotAllowed(request.getMethod(), Request.getPathInContext(request), allowed);
    }

    private static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(Login.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

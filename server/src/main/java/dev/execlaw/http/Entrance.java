package dev.execlaw.http;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.QuietException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.NanoTime;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one door of the server: names each request, has the guard look at it, passes it on, and turns what goes wrong
 * into a response. Each request is handled on a virtual thread of its own and may block.
 */
final class Entrance extends Handler.Abstract {

    private static final Logger log = LoggerFactory.getLogger(Entrance.class);
    private static final Logger access = LoggerFactory.getLogger("dev.execlaw.http.access");
    private static final String REQUEST_ID = "X-Request-Id";
    private static final Pattern USABLE_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private final Guard guard;
    private final Deadlines deadlines;
    private final ApiHandler api;
    private final @Nullable OriginalHandler original;
    private final Login login;
    private final UserInterface ui;
    private final SecureRandom random = new SecureRandom();

    Entrance(
            Guard guard,
            Deadlines deadlines,
            ApiHandler api,
            @Nullable OriginalHandler original,
            Login login,
            UserInterface ui) {
        this.guard = guard;
        this.deadlines = deadlines;
        this.api = api;
        this.original = original;
        this.login = login;
        this.ui = ui;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        deadlines.requestArrived(request, response);
        String id = requestId(request);
        response.getHeaders().put(REQUEST_ID, id);
        response.getHeaders().put("X-Content-Type-Options", "nosniff");
        long begin = NanoTime.now();
        Request.addCompletionListener(
                request,
                failure -> access.debug(
                        "{} {} {} {} in {} us{}",
                        id,
                        request.getMethod(),
                        request.getHttpURI().getPath(),
                        response.getStatus(),
                        (NanoTime.since(begin) / 1000),
                        failure == null ? "" : ", broken off: " + failure));
        try {
            dispatch(request, response, callback);
        } catch (ProblemException e) {
            refuse(e.problem(), request, response, callback);
        } catch (RateLimited e) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, e.seconds());
            refuse(e.problem(), request, response, callback);
        } catch (Exception e) {
            fail(id, request, response, callback, e);
        }
        return true;
    }

    private void dispatch(Request request, Response response, Callback callback) throws Exception {
        Caller caller = guard.identify(request);
        String path = Request.getPathInContext(request);
        if (path.equals(ApiHandler.BASE) || path.startsWith(ApiHandler.BASE + "/")) {
            api.handle(caller, path.substring(ApiHandler.BASE.length()), request, response, callback);
        } else if (original != null && isOriginal(path)) {
            original.handle(caller, path.substring(OriginalHandler.BASE.length()), request, response, callback);
        } else if (path.startsWith("/api/")) {
            throw Router.noSuchPath(path);
        } else if (path.equals("/login")) {
            login.in(caller, request, response, callback);
        } else if (path.equals("/login.css")) {
            Login.style(response, callback);
        } else if (path.equals("/logout")) {
            login.out(caller, request, response, callback);
        } else if (HttpMethod.GET.is(request.getMethod()) || HttpMethod.HEAD.is(request.getMethod())) {
            ui.handle(path, request, response, callback);
        } else {
            response.getHeaders().put(HttpHeader.ALLOW, "GET, HEAD");
            throw Router.methodNotAllowed(request.getMethod(), path, "GET, HEAD");
        }
    }

    private static boolean isOriginal(String path) {
        boolean ours = path.equals(ApiHandler.BASE) || path.startsWith(ApiHandler.BASE + "/");
        return path.startsWith(OriginalHandler.BASE + "/") && !ours;
    }

    private void refuse(Problem problem, Request request, Response response, Callback callback) {
        if (!request.consumeAvailable()) {
            // The rest of the body is not waited for, so the connection ends: who is not told would use it again.
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        if (problem.code() == ErrorCode.UNAUTHENTICATED) {
            response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer realm=\"execlaw\"");
        }
        Reply reply = original != null && isOriginal(Request.getPathInContext(request))
                ? OriginalHandler.problem(problem)
                : Reply.problem(problem);
        reply.send(response, callback);
    }

    private void fail(String id, Request request, Response response, Callback callback, Exception failure) {
        if (response.isCommitted() || failure instanceof IOException) {
            // The client has gone or is too slow: there is nobody to tell.
            log.debug("request {} broken off", id, failure);
            callback.failed(new QuietException.Exception(failure));
            return;
        }
        log.error(
                "request {} failed: {} {}",
                id,
                request.getMethod(),
                request.getHttpURI().getPath(),
                failure);
        refuse(
                new Problem(
                        ErrorCode.INTERNAL,
                        "The server failed at this request: a fault of ours.",
                        "Look for request id " + id + " in the server's log."),
                request,
                response,
                callback);
    }

    private String requestId(Request request) {
        @Nullable String given = request.getHeaders().get(REQUEST_ID);
        if (given != null && USABLE_ID.matcher(given).matches()) {
            return given;
        }
        byte[] bits = new byte[8];
        random.nextBytes(bits);
        return HexFormat.of().formatHex(bits);
    }
}

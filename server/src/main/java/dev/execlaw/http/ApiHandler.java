package dev.execlaw.http;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Carries out the operations of the API. Any thread may use it. */
final class ApiHandler {

    /** Where the API begins. */
    static final String BASE = "/api/v1";

    private static final String IDEMPOTENCY_KEY = "Idempotency-Key";

    private final Guard guard;
    private final Router router;
    private final Bodies bodies;
    private final Idempotency idempotency;

    ApiHandler(Guard guard, Router router, Bodies bodies, Idempotency idempotency) {
        this.guard = guard;
        this.router = router;
        this.bodies = bodies;
        this.idempotency = idempotency;
    }

    void handle(Caller caller, String path, Request request, Response response, Callback callback) throws Exception {
        Router.Found found = router.find(request.getMethod(), path);
        boolean open = found.match().map(match -> match.endpoint().open()).orElse(false);
        if (!open) {
            guard.requireCredential(caller);
        }
        if (found.allowed().isEmpty()) {
            throw Router.noSuchPath(BASE + path);
        }
        if (found.match().isEmpty()) {
            response.getHeaders().put(HttpHeader.ALLOW, found.allowed());
            throw Router.methodNotAllowed(request.getMethod(), BASE + path, found.allowed());
        }
        Router.Match match = found.match().get();
        guard.requireOwnOrigin(caller, request, request.getHeaders().contains(HttpHeader.UPGRADE));
        Call call = new Call(match.path(), Call.query(request));
        if (match.endpoint().action() instanceof Endpoint.Action.Takeover takeover) {
            takeover.exchange().handle(call, request, response, callback);
        } else if (match.endpoint().action() instanceof Endpoint.Action.WithBodyOrStream<?> either
                && EventText.wanted(request)) {
            stream(either, call, request, response, callback);
        } else {
            answer(match.endpoint(), call, request).send(response, callback);
        }
    }

    private Reply answer(Endpoint endpoint, Call call, Request request) throws IOException, InterruptedException {
        byte[] body = bodies.read(request, "application/json");
        String key = request.getHeaders().get(IDEMPOTENCY_KEY);
        if (key == null || !endpoint.method().equals("POST")) {
            return carryOut(endpoint, call, body);
        }
        String scope = request.getMethod() + " " + Request.getPathInContext(request);
        return idempotency.once(key, scope, body, () -> carryOut(endpoint, call, body));
    }

    private static Reply carryOut(Endpoint endpoint, Call call, byte[] body) {
        Object result = switch (endpoint.action()) {
            case Endpoint.Action.Plain plain -> {
                requireEmpty(body);
                yield plain.answer().to(call);
            }
            case Endpoint.Action.WithBody<?> withBody -> answer(withBody, call, body);
            case Endpoint.Action.WithBodyOrStream<?> either -> answer(either.whole(), call, body);
            case Endpoint.Action.Takeover _ -> throw new IllegalStateException("a stream answers by itself");
        };
        return result == null ? Reply.nothing(endpoint.status()) : Reply.json(endpoint.status(), result);
    }

    private <B> void stream(
            Endpoint.Action.WithBodyOrStream<B> action,
            Call call,
            Request request,
            Response response,
            Callback callback)
            throws Exception {
        B body = read(bodies.read(request, "application/json"), action.whole().body());
        action.stream().handle(call, body, response, callback);
    }

    private static <B> @Nullable Object answer(Endpoint.Action.WithBody<B> action, Call call, byte[] body) {
        B none = action.none();
        return action.answer().to(call, body.length == 0 && none != null ? none : read(body, action.body()));
    }

    private static <B> B read(byte[] body, Class<B> type) {
        if (body.length == 0) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST, "The request has no body.", "Send one JSON object in UTF-8.");
        }
        return JsonProblems.read(body, type);
    }

    /** An empty object is as good as nothing; anything else would be ignored, which its sender cannot have meant. */
    private static void requireEmpty(byte[] body) {
        if (body.length > 0) {
            JsonProblems.read(body, NoFields.class);
        }
    }

    /** The body of operations that take none. */
    record NoFields() {}
}

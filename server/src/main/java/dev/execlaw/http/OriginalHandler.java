package dev.execlaw.http;

import static dev.execlaw.http.Endpoint.endpoint;

import dev.execlaw.auth.Credential;
import dev.execlaw.original.Bodies.Email;
import dev.execlaw.original.Bodies.Input;
import dev.execlaw.original.Bodies.NewMachine;
import dev.execlaw.original.Bodies.NewSession;
import dev.execlaw.original.Original;
import dev.execlaw.original.Refusal;
import dev.execlaw.problem.Problem;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** The endpoints of the first ExeClaw, behind the same guard as all others. Any thread may use it. */
final class OriginalHandler {

    /** Where they begin. */
    static final String BASE = "/api";

    private static final String IDEMPOTENCY_KEY = "Idempotency-Key";

    /** What proxies say of whom they ask for. */
    private static final List<String> HANDED_ON =
            List.of("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP");

    private final Guard guard;
    private final HttpParts parts;
    private final Original original;
    private final Bodies bodies;
    private final Idempotency idempotency;
    private final Router router;

    OriginalHandler(Guard guard, HttpParts parts, Bodies bodies, Idempotency idempotency, OriginalStreams streams) {
        this.guard = guard;
        this.parts = parts;
        this.original = Objects.requireNonNull(parts.original());
        this.bodies = bodies;
        this.idempotency = idempotency;
        this.router = new Router(List.of(
                get("/health").openToAll().does(_ -> original.health()),
                get("/system").does(_ -> original.system()),
                get("/platform").does(_ -> original.platform()),
                get("/userinfo").streams(this::userInfo),
                get("/models/{provider}").does(call -> original.models(call.path("provider"))),
                get("/sessions/{id}/status").does(call -> original.status(call.session())),
                get("/sessions/{id}/stream").streams((call, request, response, callback) -> {
                    streams.serve(original, call.session(), request, response, callback);
                }),
                endpoint("DELETE", "/sessions/{id}", "", "").does(call -> original.delete(call.session())),
                post("/sessions", 201, NewSession.class, (_, body) -> original.create(body)),
                post("/sessions/{id}/input", 200, Input.class, (call, body) -> original.input(call.session(), body)),
                post("/sessions/{id}/email", 200, Email.class, (call, body) -> original.email(call.session(), body)),
                post("/exedev/new", 200, NewMachine.class, (_, body) -> original.newMachine(body))));
    }

    private static Endpoint.Draft get(String path) {
        return endpoint("GET", path, "", "");
    }

    private <B> Endpoint post(String path, int status, Class<B> type, BiFunction<Call, B, Object> action) {
        return endpoint("POST", path, "", "").streams((call, request, response, callback) -> {
            byte[] body = bodies.read(request, "application/json");
            String key = request.getHeaders().get(IDEMPOTENCY_KEY);
            Reply reply = key == null
                    ? carryOut(call, status, body, type, action)
                    : idempotency.once(
                            key,
                            "POST " + Request.getPathInContext(request),
                            body,
                            () -> carryOut(call, status, body, type, action));
            reply.send(response, callback);
        });
    }

    private static <B> Reply carryOut(
            Call call, int status, byte[] body, Class<B> type, BiFunction<Call, B, Object> action) {
        return Reply.json(status, action.apply(call, dev.execlaw.original.Bodies.read(body, type)));
    }

    void handle(Caller caller, String path, Request request, Response response, Callback callback) throws Exception {
        Router.Found found = router.find(request.getMethod(), path);
        boolean open = found.match().map(match -> match.endpoint().open()).orElse(false);
        if (!open && !openTo(caller, request)) {
            guard.requireCredential(caller);
        }
        if (found.allowed().isEmpty()) {
            throw Router.noSuchPath(BASE + path);
        }
        if (found.match().isEmpty()) {
            response.getHeaders().put(HttpHeader.ALLOW, found.allowed());
            throw Router.methodNotAllowed(request.getMethod(), BASE + path, found.allowed());
        }
        guard.requireOwnOrigin(caller, request, false);
        Router.Match match = found.match().get();
        Call call = new Call(match.path(), Call.query(request));
        if (match.endpoint().action() instanceof Endpoint.Action.Takeover takeover) {
            takeover.exchange().handle(call, request, response, callback);
        } else if (match.endpoint().action() instanceof Endpoint.Action.Plain plain) {
            Reply.json(200, Objects.requireNonNull(plain.answer().to(call))).send(response, callback);
        }
    }

    /**
     * A credential that is wrong is still refused: its sender means to have one. So is what a proxy on this machine hands on,
     * where it says so.
     */
    private boolean openTo(Caller caller, Request request) {
        return parts.openOnLoopback()
                && caller.credential() == Credential.NONE
                && caller.client().isLoopbackAddress()
                && HANDED_ON.stream().noneMatch(request.getHeaders()::contains);
    }

    private void userInfo(Call call, Request request, Response response, Callback callback) {
        boolean told = parts.exeDevHeaders() && guard.fromProxy(request);
        @Nullable String email = told ? request.getHeaders().get("X-ExeDev-Email") : null;
        @Nullable String user = told ? request.getHeaders().get("X-ExeDev-UserID") : null;
        Reply.json(200, original.userInfo(email, user)).send(response, callback);
    }

    /** A problem as programs of that time read it. */
    static Reply problem(Problem problem) {
        Refusal refusal = Refusal.of(problem);
        return Reply.json(refusal.status(), refusal.body());
    }
}

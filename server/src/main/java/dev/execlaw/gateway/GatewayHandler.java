package dev.execlaw.gateway;

import dev.execlaw.gateway.GatewaySession.Route;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The guests' HTTP API: {@code POST /s/ID/v1/chat/completions} and {@code GET /s/ID/v1/models}. A guest that arrives on a
 * session's own Unix socket may only be that session. Runs on the request's virtual thread.
 */
final class GatewayHandler extends Handler.Abstract {

    private static final Logger LOG = LoggerFactory.getLogger(GatewayHandler.class);
    private static final Pattern PATH = Pattern.compile("/s/([^/]+)/v1/(chat/completions|models)");
    /** Refusals after which the connection is of no more use. */
    private static final Set<Integer> CLOSING = Set.of(401, 403, 413);

    /** Bytes of a body that are asked room for at once. */
    private static final int PIECE = 64 << 10;

    private static final String BEARER = "Bearer ";

    private final GatewaySettings settings;
    private final Map<String, OpenSession> sessions;
    private final Function<String, Optional<Call.Target>> providers;
    private final Refusals refusals;
    private final GuestDeadlines deadlines;
    private final Room room;
    private final SecureRandom random = new SecureRandom();

    /**
     * @param sessions open sessions by id; others add and remove
     */
    GatewayHandler(
            GatewaySettings settings,
            Map<String, OpenSession> sessions,
            Function<String, Optional<Call.Target>> providers,
            Refusals refusals,
            GuestDeadlines deadlines,
            Room room) {
        this.settings = settings;
        this.refusals = refusals;
        this.deadlines = deadlines;
        this.room = room;
        this.sessions = sessions;
        this.providers = providers;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        deadlines.arrived(request);
        try {
            respond(request, response);
            callback.succeeded();
        } catch (GuestError e) {
            refuse(response, e, callback);
        } catch (RuntimeException e) {
            LOG.error("guest call at {} failed", request.getHttpURI().getPath(), e);
            refuse(response, new GuestError(500, "internal", "the gateway failed; see the server's log"), callback);
        } catch (IOException e) {
            LOG.debug("guest call at {} ended early: {}", request.getHttpURI().getPath(), e.toString());
            callback.failed(new EofException(e)); // of a kind that is not logged: guests do it as often as they like
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            callback.failed(e);
        }
        return true;
    }

    private void respond(Request request, Response response) throws GuestError, IOException, InterruptedException {
        Matcher path = PATH.matcher(Request.getPathInContext(request));
        if (!path.matches()) {
            throw new GuestError(404, "not_found", "there is only /s/ID/v1/chat/completions and /s/ID/v1/models");
        }
        OpenSession open = authenticate(request, path.group(1));
        boolean models = path.group(2).equals("models");
        if (!request.getMethod().equals(models ? "GET" : "POST")) {
            throw new GuestError(405, "method_not_allowed", "use " + (models ? "GET" : "POST"));
        }
        if (models) {
            listModels(open, response);
        } else {
            try (Room.Held held = room.enter(open.session().id())) {
                complete(open, request, response, held);
            }
        }
    }

    private OpenSession authenticate(Request request, String id) throws GuestError {
        String header = request.getHeaders().get(HttpHeader.AUTHORIZATION);
        String token = header != null && header.startsWith(BEARER) ? header.substring(BEARER.length()) : "";
        OpenSession open = here(request.getConnectionMetaData().getLocalSocketAddress(), id);
        if (open != null && open.knows(id, token)) {
            return open;
        }
        OpenSession named = sessions.get(id);
        if (named != null && named.knows(id, token)) {
            throw new GuestError(403, "wrong_session", "this is the address of another session");
        }
        throw new GuestError(401, "invalid_token", "the token is not that of this session");
    }

    /** The session whose guest arrives at this address; most often it is the one it names. */
    private @Nullable OpenSession here(SocketAddress address, String id) {
        OpenSession named = sessions.get(id);
        if (named != null && named.address().equals(address)) {
            return named;
        }
        return sessions.values().stream()
                .filter(open -> open.address().equals(address))
                .findFirst()
                .orElse(null);
    }

    private void complete(OpenSession open, Request request, Response response, Room.Held held)
            throws GuestError, IOException, InterruptedException {
        byte[] body = body(request, held);
        held.tree(body);
        ChatRequest chat = ChatRequest.parse(body);
        held.body(chat.expansion(open.session().texts(), settings.maxBodyBytes()));
        Route route = open.session().route().get();
        byte[] entropy = new byte[6];
        random.nextBytes(entropy);
        String id = HexFormat.of().formatHex(entropy);
        Call call = new Call(id, open, chat, route, settings);
        if (!open.enter(call)) {
            throw new GuestError(
                    429, "too_many_calls", "more than " + settings.callsPerSession() + " calls at once; wait for one");
        }
        // A model may be silent for longer than any connection; the call has limits of its own.
        request.addIdleTimeoutListener(timeout -> false);
        try {
            GuestReply reply = chat.streaming()
                    ? new StreamedReply(response, route.model(), id)
                    : new WholeReply(response, route.model(), id);
            call.serve(providers, reply);
        } finally {
            open.leave(call);
        }
    }

    private byte[] body(Request request, Room.Held held) throws GuestError, IOException, InterruptedException {
        try (GuestDeadlines.Reading _ = deadlines.body(request);
                InputStream in = Content.Source.asInputStream(request)) {
            int most = settings.maxBodyBytes();
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            boolean tooLong = request.getLength() > most;
            while (!tooLong) {
                byte[] piece = in.readNBytes(PIECE);
                if (piece.length == 0) {
                    return body.toByteArray();
                }
                held.body(piece.length);
                body.write(piece);
                tooLong = body.size() > most;
            }
            // Who is still writing does not read: a refusal that comes too early is lost.
            in.skip(most);
            throw new GuestError(413, "body_too_large", "the body is longer than " + most + " bytes");
        }
    }

    private void listModels(OpenSession open, Response response) throws IOException {
        ObjectNode body = Json.MAPPER.createObjectNode().put("object", "list");
        body.putArray("data")
                .addObject()
                .put("id", open.session().route().get().model())
                .put("object", "model")
                .put("owned_by", "execlaw");
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        Content.Sink.write(response, true, ByteBuffer.wrap(Json.bytes(body)));
    }

    private void refuse(Response response, GuestError error, Callback callback) {
        refusals.count(error.code());
        byte[] body = error.body();
        response.setStatus(error.status());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        if (error.status() == 401) {
            response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
        }
        if (CLOSING.contains(error.status())) {
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        response.write(true, ByteBuffer.wrap(body), callback);
    }
}

package dev.execlaw.acp;

import dev.execlaw.event.EventPayload;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One prompt to an agent, from its side of the lines: makes itself known where nobody did, opens the agent's session
 * where there is none, and takes updates until the agent has answered. {@link #prompt} belongs to one thread; any other
 * may answer and cancel meanwhile.
 */
public final class AcpTalk implements AutoCloseable {

    private static final int VERSION = 1;
    private static final int NOT_FOUND = -32601;
    private static final int AUTHENTICATE = -32000;
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final long SETTLE_NANOS = 2_000_000_000L;

    private final AcpWire wire;
    private final String turn;
    private final Listener listener;
    private final Updates updates;
    private final Map<String, JsonNode> open = new ConcurrentHashMap<>();
    private final Object marking = new Object();
    private final AtomicInteger requests = new AtomicInteger();
    private final long first;
    private boolean prompting;

    // Set by the thread that prompts, read by the one that cancels; and the other way round.
    private volatile @Nullable String session;
    private volatile boolean cancelled;
    private volatile long promptId;

    /**
     * @param turn unique among the turns of a session
     * @param first id of the first request; answers to ids of an earlier talk are not taken for this one's
     */
    public AcpTalk(InputStream in, OutputStream out, String turn, long first, AcpLimits limits, Listener listener) {
        this.turn = turn;
        this.first = first;
        this.listener = listener;
        this.updates = new Updates(turn, limits, System::nanoTime, listener::event, listener::keep);
        this.wire = new AcpWire(in, out, limits.lineBytes(), updates::passedOver);
    }

    /** Told on the thread that prompts. */
    public interface Listener {

        /** The agent has a session and is given the prompt. */
        void begun();

        void event(EventPayload payload);

        /** The whole output of the tool call of this id, of which the event to come tells only the beginning. */
        void keep(String call, String output);

        /** The agent wants leave, and waits. */
        void asks(EventPayload.PermissionRequest request);
    }

    /**
     * Gives the agent a prompt and returns when it has answered.
     *
     * @param directory in which the agent works
     * @return why it stopped: {@code end_turn, max_tokens, max_turn_requests, refusal, cancelled}
     * @throws AcpException when it answers with an error
     * @throws IOException when its side is closed before
     */
    public String prompt(String directory, String text) throws IOException {
        String id = session(directory);
        session = id;
        listener.begun();
        ObjectNode params = JSON.objectNode().put("sessionId", id);
        params.putArray("prompt").addObject().put("type", "text").put("text", text);
        if (cancelled) {
            return "cancelled";
        }
        prompting = true;
        promptId = nextId();
        mark();
        long request = ask("session/prompt", params, promptId);
        if (cancelled) {
            cancel(id); // it may have been told so before it had the prompt
        }
        JsonNode answer = told(id, request);
        wire.leave(id);
        return result("session/prompt", answer).path("stopReason").asString("end_turn");
    }

    /** Its answer to the prompt, all that it told before handed on. */
    private JsonNode told(String id, long request) throws IOException {
        try {
            return answer(request);
        } catch (AcpException e) {
            cancel(id); // it is not listened to any more
            throw e;
        } finally {
            updates.end();
        }
    }

    /** Nobody listens any more. */
    @Override
    public void close() {
        wire.close();
    }

    private String session(String directory) throws IOException {
        String note = wire.note();
        if (!note.isEmpty()) {
            String[] known = note.split(" ", 2);
            if (known.length > 1) {
                endOther(known[0], AcpWire.MAPPER.readTree(known[1]));
            }
            return known[0];
        }
        ObjectNode hello = JSON.objectNode().put("protocolVersion", VERSION);
        ObjectNode can = hello.putObject("clientCapabilities");
        can.putObject("fs").put("readTextFile", false).put("writeTextFile", false);
        can.put("terminal", false);
        hello.putObject("clientInfo").put("name", "execlaw").put("version", "1");
        JsonNode welcome = call("initialize", hello);
        int version = welcome.path("protocolVersion").asInt(0);
        if (version != VERSION) {
            throw new AcpException("the agent speaks version " + version + " of the protocol, this server " + VERSION);
        }
        ObjectNode wanted = JSON.objectNode().put("cwd", directory);
        wanted.putArray("mcpServers");
        JsonNode made = call("session/new", wanted);
        String id = made.path("sessionId").asString("");
        if (id.isEmpty() || id.contains(" ") || id.contains("\n")) {
            throw new AcpException("the agent named its session \"" + id + "\"");
        }
        wire.leave(id);
        return id;
    }

    /** Ends the turn of somebody who went away in the midst of it, and lets what the agent still tells of it pass. */
    private void endOther(String id, JsonNode running) throws IOException {
        cancel(id);
        for (JsonNode asked : running.path("asked")) {
            withdraw(asked);
        }
        long end = System.nanoTime() + SETTLE_NANOS; // it may have answered while nobody listened
        for (long left = SETTLE_NANOS; left > 0; left = end - System.nanoTime()) {
            Optional<JsonNode> message = wire.read(left);
            if (message.isPresent() && message.get().has("method")) {
                take(message.get());
            } else if (message.isPresent() && message.get().path("id").equals(running.path("prompt"))) {
                return;
            }
        }
    }

    /** Notes for whoever comes next which turn runs, and what the agent asks in it. */
    private void mark() throws IOException {
        synchronized (marking) {
            ObjectNode running = JSON.objectNode().put("prompt", promptId);
            open.values().forEach(running.withArray("asked")::add);
            wire.leave(session + " " + AcpWire.MAPPER.writeValueAsString(running));
        }
    }

    private JsonNode call(String method, ObjectNode params) throws IOException {
        return result(method, answer(ask(method, params, nextId())));
    }

    private long nextId() {
        return first + requests.getAndIncrement();
    }

    private long ask(String method, ObjectNode params, long id) throws IOException {
        ObjectNode request =
                JSON.objectNode().put("jsonrpc", "2.0").put("id", id).put("method", method);
        request.set("params", params);
        wire.write(request);
        return id;
    }

    /** Takes what comes until the answer is there. */
    private JsonNode answer(long id) throws IOException {
        while (true) {
            Optional<JsonNode> read = wire.read(updates.due());
            updates.tick();
            if (read.isEmpty()) {
                continue;
            }
            JsonNode message = read.get();
            if (message.has("method")) {
                take(message);
            } else if (message.path("id").asLong(-1) == id) {
                return message;
            }
        }
    }

    private static JsonNode result(String method, JsonNode answer) throws AcpException {
        if (answer.has("error")) {
            throw refused(method, answer.path("error"));
        }
        return answer.path("result");
    }

    private static AcpException refused(String method, JsonNode error) {
        int code = error.path("code").asInt(0);
        String data = error.has("data") ? " (" + error.path("data") + ")" : "";
        return new AcpException("the agent answered " + method + " with error " + code + ": "
                + error.path("message").asString("") + data
                + (code == AUTHENTICATE ? "; it must be given what it logs in with by its command" : ""));
    }

    private void take(JsonNode message) throws IOException {
        JsonNode params = message.path("params");
        switch (message.path("method").asString("")) {
            case "session/update" -> {
                if (prompting && params.path("sessionId").asString("").equals(session)) {
                    updates.take(params.path("update"));
                }
            }
            case "session/request_permission" -> asked(message.path("id"), params);
            case String method
            when message.has("id") -> {
                ObjectNode answer = answer(message.path("id"));
                answer.putObject("error").put("code", NOT_FOUND).put("message", "no method " + method);
                wire.write(answer);
            }
            default -> {}
        }
    }

    private void asked(JsonNode id, JsonNode params) throws IOException {
        if (cancelled || !prompting) {
            withdraw(id);
            return;
        }
        String request = turn + "-p" + requests.getAndIncrement();
        open.put(request, id);
        mark();
        listener.asks(updates.permission(request, params));
        if (cancelled && open.remove(request) != null) {
            withdraw(id);
        }
    }

    /**
     * Answers the agent's question for leave.
     *
     * @return false where there is no such question any more
     */
    public boolean choose(String request, String option) throws IOException {
        Optional<JsonNode> id = Optional.ofNullable(open.remove(request));
        if (id.isPresent()) {
            ObjectNode answer = answer(id.get());
            answer.putObject("result")
                    .putObject("outcome")
                    .put("outcome", "selected")
                    .put("optionId", option);
            wire.write(answer);
            mark();
        }
        return id.isPresent();
    }

    /** Asks the agent to end the turn; it answers the prompt then. */
    public void cancel() throws IOException {
        cancelled = true;
        String id = session;
        if (id != null) {
            cancel(id);
        }
        for (String request : List.copyOf(open.keySet())) {
            JsonNode asked = open.remove(request);
            if (asked != null) {
                withdraw(asked);
            }
        }
    }

    private void cancel(String id) throws IOException {
        ObjectNode note = JSON.objectNode().put("jsonrpc", "2.0").put("method", "session/cancel");
        note.putObject("params").put("sessionId", id);
        wire.write(note);
    }

    private void withdraw(JsonNode id) throws IOException {
        ObjectNode answer = answer(id);
        answer.putObject("result").putObject("outcome").put("outcome", "cancelled");
        wire.write(answer);
    }

    private static ObjectNode answer(JsonNode id) {
        ObjectNode answer = JSON.objectNode().put("jsonrpc", "2.0");
        answer.set("id", id);
        return answer;
    }
}

package dev.execlaw.a2a;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One turn with an agent, from its side of the line. {@link #prompt} and {@link #settle} belong to one thread; any other may
 * cancel and end meanwhile.
 */
public final class A2aTalk {

    private static final int UNKNOWN_TASK = -32001;
    private static final int TASK_OVER = -32002;
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final A2aLine line;
    private final String context;
    private final Patience patience;
    private final AtomicInteger requests = new AtomicInteger();
    private final CountDownLatch ended = new CountDownLatch(1);

    // Set by the thread that prompts, read by the one that cancels; and the other way round.
    private volatile String task = "";
    private volatile boolean cancelled;

    /**
     * A talk that is not begun.
     *
     * @param context the agent's name for the conversation
     */
    public A2aTalk(A2aLine line, String context, Patience patience) {
        this.line = line;
        this.context = context;
        this.patience = patience;
    }

    /**
     * How long is waited for what.
     *
     * @param listens for somebody to listen, at the begin and whenever the way to the agent is gone
     * @param again between two tries, and two looks at a task
     */
    public record Patience(Duration listens, Duration again) {}

    /**
     * Gives the agent a message and returns when it is done with that. Where the way to it breaks, the task is taken up
     * again.
     *
     * @param message name of it, unique within the conversation
     * @return the state in which the task ended, e.g. {@code completed} or {@code canceled}
     * @throws A2aException when it answers with an error
     * @throws IOException when it is not known any more, or nobody listens
     */
    public String prompt(String message, String text) throws IOException, InterruptedException {
        ObjectNode params = JSON.objectNode();
        ObjectNode body = params.putObject("message");
        body.put("kind", "message")
                .put("role", "user")
                .put("messageId", message)
                .put("contextId", context);
        body.putArray("parts").addObject().put("kind", "text").put("text", text);
        byte[] request = request("message/stream", params);
        long until = System.nanoTime() + patience.listens().toNanos();
        while (!cancelled) {
            try {
                Optional<String> state = stream(request);
                return state.isPresent() ? state.get() : takeUp();
            } catch (A2aLine.Unheard e) {
                if (System.nanoTime() >= until || rest()) {
                    throw e;
                }
            }
        }
        return "canceled";
    }

    /** Listens until the task is over. Empty where the answer broke off before. */
    private Optional<String> stream(byte[] request) throws IOException, InterruptedException {
        try (A2aLine.Answer answer = line.open(request)) {
            A2aEvents events = new A2aEvents(answer.body());
            try {
                for (Optional<JsonNode> next = events.next(); next.isPresent(); next = events.next()) {
                    Optional<String> state = take(next.get());
                    if (state.isPresent()) {
                        return state;
                    }
                }
            } catch (A2aException e) {
                throw e;
            } catch (IOException e) {
                if (task.isEmpty()) {
                    throw e;
                }
                return Optional.empty();
            }
            if (task.isEmpty() && answer.unheard(events.stray())) {
                throw new A2aLine.Unheard("nobody listens at the agent's endpoint: " + events.stray());
            }
            if (task.isEmpty() && !events.stray().isEmpty()) {
                throw new IOException("the agent's endpoint said: " + events.stray());
            }
            return Optional.empty();
        }
    }

    /** Returns the task's state where it is over. */
    private Optional<String> take(JsonNode event) throws IOException, InterruptedException {
        if (event.has("error")) {
            JsonNode error = event.path("error");
            throw new A2aException(
                    "message/stream",
                    error.path("code").asInt(0),
                    error.path("message").asString(error.toString()));
        }
        JsonNode result = event.path("result");
        String kind = result.path("kind").asString("");
        String id = result.path(kind.equals("task") ? "id" : "taskId").asString("");
        if (task.isEmpty() && !id.isEmpty()) {
            task = id;
            if (cancelled) {
                cancel(id); // it was asked for before the task had a name
            }
        }
        A2aTask told = new A2aTask(id, result.path("status").path("state").asString(""));
        boolean last = kind.equals("status-update") && result.path("final").asBoolean(told.over());
        return last ? Optional.of(told.state()) : Optional.empty();
    }

    /** The answer broke off: looks at the task until it is over. */
    private String takeUp() throws IOException, InterruptedException {
        if (task.isEmpty()) {
            A2aTask newest = patiently(this::newest);
            if (newest.id().isEmpty() || newest.over()) {
                throw new IOException(
                        "the connection broke as the message was handed over, and the agent works on none");
            }
            task = newest.id();
        }
        return untilOver(task);
    }

    private String untilOver(String id) throws IOException, InterruptedException {
        while (true) {
            if (cancelled) {
                cancel(id);
            }
            A2aTask now = patiently(() -> look(id));
            if (now.over()) {
                return now.state();
            }
            if (rest()) {
                return "canceled";
            }
        }
    }

    /** Ends what the agent still does in the conversation for somebody who has gone. */
    public void settle() throws IOException, InterruptedException {
        A2aTask newest = patiently(this::newest);
        if (!newest.id().isEmpty() && !newest.over()) {
            cancelled = true;
            untilOver(newest.id());
        }
    }

    private interface Question {
        A2aTask ask() throws IOException, InterruptedException;
    }

    /** Asks until there is an answer, or nobody has listened for too long. */
    private A2aTask patiently(Question question) throws IOException, InterruptedException {
        long until = System.nanoTime() + patience.listens().toNanos();
        while (true) {
            try {
                return question.ask();
            } catch (A2aException e) {
                if (e.code() != UNKNOWN_TASK) {
                    throw e;
                }
                throw new IOException("the agent knows nothing of the message any more: it was started again", e);
            } catch (IOException e) {
                if (System.nanoTime() >= until || rest()) {
                    throw e;
                }
            }
        }
    }

    private A2aTask newest() throws IOException, InterruptedException {
        ObjectNode params = JSON.objectNode().put("contextId", context);
        return ask("tasks/list", params.put("pageSize", 1).put("historyLength", 0));
    }

    private A2aTask look(String id) throws IOException, InterruptedException {
        return ask("tasks/get", JSON.objectNode().put("id", id).put("historyLength", 0));
    }

    private A2aTask ask(String method, ObjectNode params) throws IOException, InterruptedException {
        return A2aTask.read(method, line.call(request(method, params)));
    }

    private byte[] request(String method, ObjectNode params) {
        ObjectNode request = JSON.objectNode()
                .put("jsonrpc", "2.0")
                .put("id", requests.incrementAndGet())
                .put("method", method);
        request.set("params", params);
        return request.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Asks the agent to end the turn; its end is told as every other. */
    public void cancel() throws IOException, InterruptedException {
        cancelled = true;
        if (!task.isEmpty()) {
            cancel(task);
        }
    }

    private void cancel(String id) throws IOException, InterruptedException {
        try {
            ask("tasks/cancel", JSON.objectNode().put("id", id));
        } catch (A2aException e) {
            if (e.code() != TASK_OVER && e.code() != UNKNOWN_TASK) {
                throw e;
            }
        }
    }

    /** Nobody waits for the end any more: the thread that prompts comes back soon, with whatever it says. */
    public void end() {
        ended.countDown();
    }

    /** Waits a little. Returns whether nobody waits any more. */
    private boolean rest() throws InterruptedException {
        return ended.await(patience.again().toNanos(), TimeUnit.NANOSECONDS);
    }
}

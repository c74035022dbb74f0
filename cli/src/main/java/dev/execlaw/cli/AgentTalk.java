package dev.execlaw.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.JsonNode;

/** One session through the API: what is said to its agent, and what the log has of it. Used by one thread. */
final class AgentTalk {

    /** For a machine to boot, a slow turn to end: emulated machines on busy hosts take their time. */
    private static final Duration LIMIT = Duration.ofMinutes(4);

    private static final Duration LOOK = Duration.ofMillis(50);

    private final ApiClient api;
    private final Path machines;
    private String session = "";

    /**
     * Nothing is said yet.
     *
     * @param machines where the server keeps the directories of machines
     */
    AgentTalk(ApiClient api, Path machines) {
        this.api = api;
        this.machines = machines;
    }

    /** Something did not come, or came otherwise. */
    static final class Missed extends RuntimeException {
        private static final long serialVersionUID = 1;

        Missed(String message) {
            super(message);
        }
    }

    /** Asks for the session. */
    void create() throws InterruptedException {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("name", "agent-check");
        body.put("provider", "demo");
        body.put("model", "demo");
        session = api.call("POST", "/sessions", body).path("id").asString();
    }

    /** Whether there is a session. */
    boolean created() {
        return !session.isEmpty();
    }

    JsonNode view() throws InterruptedException {
        return api.call("GET", "/sessions/" + session, null);
    }

    /** Waits until its agent waits for a message. */
    JsonNode awaitIdle() throws InterruptedException {
        for (Clock clock = new Clock("an agent that waits for a message"); ; clock.look()) {
            JsonNode view = view();
            String agent = view.path("agentState").asString("");
            if (agent.equals("idle")) {
                return view;
            }
            if (agent.equals("failed") || view.path("state").asString("").equals("failed")) {
                throw new Missed(view.path("error").path("detail").asString("the session failed"));
            }
        }
    }

    /** Position of the newest event. */
    long position() throws InterruptedException {
        List<JsonNode> all = events(0);
        return all.isEmpty() ? 0 : all.getLast().path("seq").asLong();
    }

    /** Hands it a message. */
    void say(String text) throws InterruptedException {
        api.call("POST", "/sessions/" + session + "/messages", Map.of("text", text));
    }

    /** Asks it to stop what it does. */
    void interrupt() throws InterruptedException {
        api.call("POST", "/sessions/" + session + "/interrupt", Map.of());
    }

    /** Hands it a message and returns the events until the end of its turn. */
    List<JsonNode> turn(String text) throws InterruptedException {
        long before = position();
        say(text);
        return awaitEvent(before, "turn_finished");
    }

    /** The events after a position, once one of this type is among them. */
    List<JsonNode> awaitEvent(long after, String type) throws InterruptedException {
        for (Clock clock = new Clock("the event " + type); ; clock.look()) {
            List<JsonNode> events = events(after);
            if (events.stream().anyMatch(event -> type(event).equals(type))) {
                return events;
            }
        }
    }

    /** All events after a position. */
    List<JsonNode> events(long after) throws InterruptedException {
        List<JsonNode> all = new ArrayList<>();
        for (long next = after; ; next = all.getLast().path("seq").asLong()) {
            JsonNode page = api.call("GET", "/sessions/" + session + "/events?after=" + next + "&limit=500", null)
                    .path("events");
            if (page.isEmpty()) {
                return all;
            }
            page.forEach(all::add);
        }
    }

    /** All that the guest wrote on its console so far. */
    String console() throws IOException {
        return Files.readString(machines.resolve(session).resolve("console.log"), StandardCharsets.ISO_8859_1);
    }

    /** Ends the machine and removes all of it. */
    void delete() throws InterruptedException {
        api.call("DELETE", "/sessions/" + session, null);
        await("the machine's directory to go", () -> !Files.exists(machines.resolve(session)));
    }

    /** Waits for a fact. */
    void await(String what, BooleanSupplier fact) throws InterruptedException {
        for (Clock clock = new Clock(what); !fact.getAsBoolean(); clock.look()) {
            // looked at again after a moment
        }
    }

    static String type(JsonNode event) {
        return event.path("type").asString("");
    }

    /** The text of all events of a type, joined. */
    static String text(List<JsonNode> events, String type) {
        StringBuilder text = new StringBuilder();
        for (JsonNode event : events) {
            if (type(event).equals(type)) {
                text.append(event.path("payload")
                        .path(type.equals("tool_result") ? "output" : "text")
                        .asString(""));
            }
        }
        return text.toString();
    }

    /** How the turn ended. */
    static String reason(List<JsonNode> events) {
        return events.stream()
                .filter(event -> type(event).equals("turn_finished"))
                .map(event -> event.path("payload").path("reason").asString(""))
                .findFirst()
                .orElse("");
    }

    /** The time until something must have come. */
    private static final class Clock {
        private final String what;
        private final long end = System.nanoTime() + LIMIT.toNanos();

        Clock(String what) {
            this.what = what;
        }

        void look() throws InterruptedException {
            if (System.nanoTime() > end) {
                throw new Missed("waited " + LIMIT.toSeconds() + " s in vain for " + what);
            }
            LockSupport.parkNanos(LOOK.toNanos()); // then the server is asked again, since nothing can be awaited here
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }
}

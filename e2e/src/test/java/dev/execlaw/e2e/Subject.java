package dev.execlaw.e2e;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** One session of a random sequence, with what the test knows of it. */
final class Subject {

    private static final Duration TELLING = Duration.ofSeconds(15);

    private final Api api;
    private final String id;
    private final Transcript transcript;
    private final Set<String> accepted = new HashSet<>();

    Subject(Api api, String id, Transcript transcript) {
        this.api = api;
        this.id = id;
        this.transcript = transcript;
    }

    String id() {
        return id;
    }

    Transcript transcript() {
        return transcript;
    }

    JsonNode view() {
        return api.get("/sessions/" + id);
    }

    String state() {
        return view().path("state").asString();
    }

    /** Whether nothing is under way in it. */
    boolean rests() {
        JsonNode view = view();
        String agent = view.path("agentState").asString();
        return switch (view.path("state").asString()) {
            case "running" -> {
                if (agent.equals("failed")) {
                    throw new AssertionError("the agent of " + id + " is lost: " + view);
                }
                yield agent.equals("idle") && view.path("queue").isEmpty();
            }
            case "paused" -> view.path("queue").isEmpty();
            case "stopped", "failed" -> true;
            default -> false;
        };
    }

    JsonNode post(String verb, ObjectNode body, int status) {
        return api.post("/sessions/" + id + "/" + verb, body, status);
    }

    /** Gives the agent a change to make; it is in the log from here on, whatever happens. */
    void send(Change change) {
        String text = transcript.bare() ? change.firstMessage() : change.message();
        accepted.add(post("messages", api.object().put("text", text), 202)
                .path("messageId")
                .asString());
    }

    List<JsonNode> checkpoints() {
        return List.copyOf(
                api.get("/sessions/" + id + "/checkpoints").path("checkpoints").values());
    }

    /** Looks at the machine from inside, beside its agent. */
    void look() {
        JsonNode outcome = post("exec", api.object().put("command", "python3 -").put("stdin", Change.program()), 200);
        if (outcome.path("status").asInt(-1) != 0) {
            throw new AssertionError("looking into " + id + " ended with " + outcome);
        }
        transcript.confirm(Look.parse(outcome.path("stdout").asString().strip()));
    }

    /** Reads the log on, and compares it with what was accepted and with what is shown. */
    void read() {
        JsonNode view = settled();
        Set<String> known = new HashSet<>();
        transcript
                .of("user_message")
                .forEach(event -> known.add(event.path("payload").path("id").asString()));
        require(known.containsAll(accepted), "of the accepted messages " + accepted + " only " + known + " are there");
        List<Transcript.Undone> undone = new ArrayList<>();
        view.path("undone")
                .forEach(range -> undone.add(new Transcript.Undone(
                        range.path("from").asLong(), range.path("to").asLong())));
        require(
                undone.equals(transcript.undone()),
                "shown as undone is " + undone + ", by the log " + transcript.undone());
        undoneIsKept();
    }

    /** Reads the log on until what it told last is what is shown, and shows it. */
    private JsonNode settled() {
        JsonNode[] view = new JsonNode[1];
        String[] differs = {""};
        try {
            Wait.until("what is shown to be what was told", TELLING, Duration.ofMillis(20), () -> {
                view[0] = view();
                transcript.read(api.events(id, 0));
                JsonNode told =
                        transcript.of("session").getLast().path("payload").path("session");
                differs[0] = Stream.of("state", "agentState", "queue", "undone", "error", "name", "origin")
                        .filter(field -> !Objects.equals(told.path(field), view[0].path(field)))
                        .map(field -> field + " is " + view[0].path(field) + " and was told as " + told.path(field))
                        .collect(Collectors.joining("; "));
                return differs[0].isEmpty();
            });
        } catch (AssertionError e) {
            throw differs[0].isEmpty() ? e : new AssertionError("session " + id + ": " + differs[0], e);
        }
        return view[0];
    }

    /** What a running machine was when it went back was saved, and is where one looks who wants it back. */
    private void undoneIsKept() {
        JsonNode undo = null;
        for (JsonNode event : transcript.events()) {
            JsonNode payload = event.path("payload");
            switch (Api.type(event)) {
                case "checkpoint" -> undo = payload.path("kind").asString().equals("undo") ? payload : null;
                case "rewound" -> {
                    require(
                            undo == null || undo.path("seq").equals(payload.path("through")),
                            "the last state was saved as " + undo + " and then left by " + payload);
                    undo = null;
                }
                default -> {}
            }
        }
        if (transcript.of("checkpoint_dropped").isEmpty()) {
            Set<Long> kept = checkpoints().stream()
                    .map(point -> point.path("seq").asLong())
                    .collect(Collectors.toSet());
            Set<Long> told = transcript.of("checkpoint").stream()
                    .map(event -> event.path("payload").path("seq").asLong())
                    .collect(Collectors.toSet());
            require(kept.containsAll(told), "of the checkpoints at " + told + " only " + kept + " are there");
        }
    }

    private void require(boolean fact, String complaint) {
        if (!fact) {
            throw new AssertionError("session " + id + ": " + complaint);
        }
    }
}

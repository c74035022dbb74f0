package dev.execlaw.original;

import dev.execlaw.event.Event;
import dev.execlaw.event.EventPayload;
import dev.execlaw.session.SessionView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Turns a session's events into frames. Viewers put a line feed between any two {@code message} frames and show each
 * {@code thinking} frame by itself, so text is held back until its line, and reasoning until its part, is whole. What it
 * makes of a log depends on nothing but the log: a viewer's place in it means the same after a restart. Used by one thread.
 */
final class Fold {

    /** Whom frames are made for. */
    enum Mode {
        /** One who knows nothing. */
        PAST,
        /** One who was away for a while. */
        MISSED,
        /** One who looks on. */
        LIVE
    }

    private static final String ASSISTANT = "assistant";

    private final Predicate<EventPayload.UserMessage> ownInput;
    private final List<Frame> frames = new ArrayList<>();
    private final Map<String, String> tools = new HashMap<>();
    private final StringBuilder line = new StringBuilder();
    private final StringBuilder thought = new StringBuilder();
    private String part = "";
    private String state = "";
    private boolean busy;
    private boolean turn;
    private boolean deleted;
    private long seq;
    private int index;

    /**
     * Begins at the beginning of a log.
     *
     * @param ownInput whether a message was sent by such a page, which shows it without being told
     */
    Fold(Predicate<EventPayload.UserMessage> ownInput) {
        this.ownInput = ownInput;
    }

    /** Whether the session is gone. */
    boolean deleted() {
        return deleted;
    }

    /** The status that a viewer knows of, so that it is not told again. */
    void told(SessionView session) {
        state = States.of(session);
    }

    /** The frames of the next event. */
    List<Frame> of(Event event, Mode mode) {
        frames.clear();
        seq = event.seq();
        index = 0;
        boolean live = mode == Mode.LIVE;
        switch (event.payload()) {
            case EventPayload.Message message -> message(message);
            case EventPayload.Thinking thinking -> thinking(thinking);
            case EventPayload.ToolCall call -> {
                endPart();
                // An id of the model's own could be anything, and pages put it into their HTML.
                String id = "tc_" + seq;
                tools.put(call.id(), id);
                add("tool_call", new Shapes.ToolCall(id, call.name(), call.arguments(), "running"));
            }
            case EventPayload.ToolResult result -> {
                endPart();
                toolResult(result);
            }
            case EventPayload.UserMessage message -> userMessage(message, mode);
            case EventPayload.TurnStarted _ -> {
                turn = true;
                if (live && !busy) {
                    busy();
                }
            }
            case EventPayload.TurnFinished _ -> {
                turn = false;
                endPart();
                tools.clear();
                idle(live);
            }
            case EventPayload.MessageRemoved _ -> {
                if (!turn) {
                    idle(live);
                }
            }
            case EventPayload.Failure failure ->
                add("error_event", new Shapes.Failure(failure.problem().detail()));
            case EventPayload.PermissionRequest request -> {
                if (live) { // such pages have no way to answer
                    add(
                            "error_event",
                            new Shapes.Failure("The agent waits for leave, which this server's own page can give: "
                                    + request.title()));
                }
            }
            case EventPayload.BudgetReached reached -> add("error_event", new Shapes.Failure(reached.text()));
            case EventPayload.SessionChanged changed -> {
                if (live) {
                    status(changed.session(), event.time());
                }
            }
            case EventPayload.SessionDeleted _ -> {
                deleted = true;
                add("exit", new Shapes.Exit(0, "Session deleted"));
            }
            case EventPayload.Usage _ -> endPart();
            case EventPayload.BootStep _,
                    EventPayload.ToolCallDelta _,
                    EventPayload.ToolCallWithdrawn _,
                    EventPayload.SideCall _,
                    EventPayload.SideEvent _,
                    EventPayload.SideCallFinished _,
                    EventPayload.PermissionAnswer _,
                    EventPayload.BudgetWarning _,
                    EventPayload.PolicyChanged _,
                    EventPayload.ModelChanged _,
                    EventPayload.ModelSettingsChanged _,
                    EventPayload.NetworkChanged _,
                    EventPayload.Checkpoint _,
                    EventPayload.CheckpointDropped _,
                    EventPayload.Paused _,
                    EventPayload.Resumed _,
                    EventPayload.Rewound _,
                    EventPayload.Forked _,
                    EventPayload.ForkMade _,
                    EventPayload.Omitted _,
                    EventPayload.Notice _ -> {}
        }
        return List.copyOf(frames);
    }

    private void message(EventPayload.Message message) {
        begin(message.part());
        String text = message.text();
        int from = 0;
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
            line.append(text, from, end);
            endLine();
            from = end + 1;
        }
        line.append(text, from, text.length());
    }

    private void thinking(EventPayload.Thinking thinking) {
        begin(thinking.part());
        thought.append(thinking.text());
    }

    private void toolResult(EventPayload.ToolResult result) {
        boolean failed = !result.status().equals("ok");
        Integer told = result.exitCode();
        int code = told == null ? (failed ? 1 : 0) : told;
        String id = tools.getOrDefault(result.id(), "tc_" + seq);
        add("tool_result", new Shapes.ToolResult(id, result.output(), failed ? "failed" : "completed", code));
    }

    /** The page that sent a message shows it already; to all others, and to who comes later, it is told. */
    private void userMessage(EventPayload.UserMessage message, Mode mode) {
        if (mode == Mode.PAST || !ownInput.test(message)) {
            add("message", new Shapes.Message("user", message.text(), "text"));
        }
        if (mode == Mode.LIVE) {
            busy();
        }
    }

    private void status(SessionView session, Instant time) {
        if (!States.of(session).equals(state)) {
            told(session);
            add("status", States.status(session, time));
            States.exit(session).ifPresent(exit -> add("exit", exit));
        }
    }

    private void busy() {
        busy = true;
        add("agent_busy", new Shapes.Busy(true));
    }

    private void idle(boolean live) {
        busy = false;
        if (live) {
            add("agent_idle", new Shapes.Idle(true));
        }
    }

    private void begin(String next) {
        if (!next.equals(part)) {
            endPart();
            part = next;
        }
    }

    private void endPart() {
        if (!thought.isEmpty()) {
            add("thinking", new Shapes.Thinking(thought.toString()));
            thought.setLength(0);
        }
        if (!line.isEmpty()) {
            endLine();
        }
        part = "";
    }

    private void endLine() {
        add("message", new Shapes.Message(ASSISTANT, line.toString(), "text"));
        line.setLength(0);
    }

    private void add(String event, Object data) {
        frames.add(new Frame(new Frame.Place(seq, index), event, data));
        index++;
    }
}

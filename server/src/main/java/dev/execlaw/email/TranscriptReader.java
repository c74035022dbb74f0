package dev.execlaw.email;

import dev.execlaw.email.Transcript.Entry;
import dev.execlaw.email.Transcript.Kind;
import dev.execlaw.event.Event;
import dev.execlaw.event.EventLog;
import dev.execlaw.event.EventPayload;
import dev.execlaw.session.Range;
import dev.execlaw.session.SessionView;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts a session's log together to what was said and done. Used once, by one thread. */
final class TranscriptReader {

    private static final int PAGE = 1000;

    /** Of a tool's arguments and output; the session has the rest. */
    private static final int LONGEST_PART = 8_000;

    private final int most;
    private final Deque<Entry> entries = new ArrayDeque<>();
    private final Map<String, String> tools = new HashMap<>();
    private final StringBuilder answer = new StringBuilder();
    private @Nullable Instant answerTime;
    private String part = "";
    private int characters;
    private int omitted;

    /**
     * Begins.
     *
     * @param most characters of all entries together; the oldest entries give way
     */
    TranscriptReader(int most) {
        this.most = most;
    }

    /** Reads the whole log, without what rewinds have undone. */
    Transcript read(EventLog log, SessionView session) {
        long last = 0;
        while (true) {
            List<Event> page = log.page(session.id(), last, PAGE);
            if (page.isEmpty()) {
                endAnswer();
                return new Transcript(session, List.copyOf(entries), omitted);
            }
            for (Event event : page) {
                if (!Range.anyHas(session.undone(), event.seq())) {
                    take(event);
                }
            }
            last = page.getLast().seq();
        }
    }

    private void take(Event event) {
        switch (event.payload()) {
            case EventPayload.Message message -> {
                if (!message.part().equals(part)) {
                    endAnswer();
                }
                part = message.part();
                answerTime = answerTime == null ? event.time() : answerTime;
                answer.append(message.text());
            }
            case EventPayload.UserMessage message -> {
                endAnswer();
                add(new Entry(Kind.USER, event.time(), "", message.text()));
            }
            case EventPayload.ToolCall call -> {
                endAnswer();
                tools.put(call.id(), call.name());
                String arguments = call.arguments().isString()
                        ? call.arguments().stringValue()
                        : call.arguments().toString();
                add(new Entry(Kind.TOOL, event.time(), call.name(), shortened(arguments)));
            }
            case EventPayload.ToolResult result -> {
                endAnswer();
                add(new Entry(
                        Kind.RESULT,
                        event.time(),
                        tools.getOrDefault(result.id(), "tool") + ", " + result.status(),
                        shortened(result.output())));
            }
            case EventPayload.TurnFinished finished -> {
                endAnswer();
                if (!finished.detail().isEmpty()) {
                    add(new Entry(Kind.NOTE, event.time(), "The turn ended", finished.detail()));
                }
            }
            case EventPayload.Failure failure -> {
                endAnswer();
                add(new Entry(
                        Kind.NOTE, event.time(), "Error", failure.problem().detail()));
            }
            case EventPayload.BudgetReached reached -> {
                endAnswer();
                add(new Entry(Kind.NOTE, event.time(), "Budget", reached.text()));
            }
            // What else there is tells of the machine, or of how the model got there.
            case EventPayload.SessionChanged _,
                    EventPayload.SessionDeleted _,
                    EventPayload.BootStep _,
                    EventPayload.MessageRemoved _,
                    EventPayload.TurnStarted _,
                    EventPayload.Thinking _,
                    EventPayload.Usage _,
                    EventPayload.ToolCallDelta _,
                    EventPayload.ToolCallWithdrawn _,
                    EventPayload.SideCall _,
                    EventPayload.SideEvent _,
                    EventPayload.SideCallFinished _,
                    EventPayload.PermissionRequest _,
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
    }

    private void endAnswer() {
        if (answerTime != null && !answer.toString().isBlank()) {
            add(new Entry(Kind.ASSISTANT, answerTime, "", answer.toString().strip()));
        }
        answerTime = null;
        answer.setLength(0);
        part = "";
    }

    private void add(Entry entry) {
        entries.addLast(entry);
        characters += entry.text().length();
        while (characters > most && entries.size() > 1) {
            characters -= entries.removeFirst().text().length();
            omitted++;
        }
    }

    private static String shortened(String text) {
        if (text.length() <= LONGEST_PART) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(LONGEST_PART - 1)) ? LONGEST_PART - 1 : LONGEST_PART;
        return text.substring(0, end) + "\n[" + (text.length() - end) + " more characters]";
    }
}

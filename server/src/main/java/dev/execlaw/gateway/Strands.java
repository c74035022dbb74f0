package dev.execlaw.gateway;

import dev.execlaw.event.EventPayload;
import dev.execlaw.gateway.GatewaySession.MessageText;
import dev.execlaw.gateway.Strand.PendingCall;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The conversations of one session's guest: the user's, and those beside it that an agent holds with its model. Tells
 * to which of them a request belongs:
 *
 * <ol>
 *   <li>to the user's, if its newest question has a message's reference;
 *   <li>to the one beside it whose messages it goes on from;
 *   <li>to the user's, if it brings the results that this one waits for (an agent that shortens its history in the
 *       middle of a turn drops the question);
 *   <li>to a new one, which {@link SideMarks} or the tool call that gave its task tell apart.
 * </ol>
 *
 * <p>Any thread may use it.
 */
final class Strands {

    /** Conversations beside the user's that are remembered at most. */
    private static final int MOST_SIDES = 64;

    private final Function<String, Optional<MessageText>> texts;
    private final Deque<Strand> sides = new ArrayDeque<>();
    private @Nullable Strand main;
    private @Nullable MessageText newest;

    /**
     * @param texts text of a message by its reference
     */
    Strands(Function<String, Optional<MessageText>> texts) {
        this.texts = texts;
    }

    /**
     * A request in its place; {@link #left} must follow.
     *
     * @param call id of its call
     */
    record Place(String call, Strand strand, Purpose purpose) {}

    /**
     * Takes a request in.
     *
     * @param call id of its call, which a new conversation is called by
     */
    synchronized Place enter(String call, ChatRequest request) {
        JsonNode messages = request.messages();
        List<Long> heard = marks(messages);
        Place place = request.turn(texts)
                .map(message -> turn(call, message, messages))
                .or(() -> goingOn(call, heard))
                .or(() -> answering(call, messages))
                .orElseGet(() -> side(call, request));
        place.strand().begins(heard);
        return place;
    }

    /** A call is over. */
    synchronized void left(Strand strand) {
        strand.ends();
    }

    synchronized void answered(Strand strand, String text, List<PendingCall> calls) {
        strand.answered(text, calls);
    }

    synchronized List<EventPayload.ToolResult> takeResults(
            Strand strand, JsonNode messages, BiFunction<String, ToolResults.Outcome, EventPayload.ToolResult> form) {
        return strand.takeResults(messages, form);
    }

    private Place turn(String call, MessageText message, JsonNode messages) {
        newest = message;
        Purpose purpose = new Purpose.Turn(message, note(messages));
        Strand known = main;
        Strand strand = known == null ? new Strand(call, purpose) : known;
        main = strand;
        return new Place(call, strand, purpose);
    }

    /** What the agent told itself, if it did so last of all. */
    private static String note(JsonNode messages) {
        JsonNode last = messages.get(messages.size() - 1);
        String text = Json.text(last.path("content"));
        boolean note = ToolResults.role(last).equals("user") && text.startsWith(SideMarks.NOTE);
        return note ? Words.title(text.substring(SideMarks.NOTE.length())) : "";
    }

    private Optional<Place> goingOn(String call, List<Long> heard) {
        Strand best = null;
        int most = 0;
        for (Strand side : sides) {
            int known = side.known(heard);
            if (known > most) {
                most = known;
                best = side;
            }
        }
        return Optional.ofNullable(best).map(side -> new Place(call, side, side.purpose()));
    }

    private Optional<Place> answering(String call, JsonNode messages) {
        Strand known = main;
        MessageText message = newest;
        boolean results = !ToolResults.latest(messages).isEmpty();
        return known != null && message != null && results && known.answeredBy(messages)
                ? Optional.of(turn(call, message, messages))
                : Optional.empty();
    }

    private Place side(String call, ChatRequest request) {
        String question = request.question();
        SideKind kind = request.sideKind();
        // Words typed at the console come after a history, a task comes first.
        boolean begins = ToolResults.lastAnswer(request.messages()).isMissingNode();
        boolean maybe = begins && (kind == SideKind.SUBAGENT || kind == SideKind.OTHER);
        String task = maybe ? taskOf(question) : "";
        SideKind told = task.isEmpty() ? kind : SideKind.SUBAGENT;
        Purpose purpose = new Purpose.Side(told, Words.title(question), task);
        Strand strand = new Strand(call, purpose);
        sides.addFirst(strand);
        if (sides.size() > MOST_SIDES) {
            sides.removeLast();
        }
        return new Place(call, strand, purpose);
    }

    private String taskOf(String question) {
        List<Strand> all = new ArrayList<>(sides);
        if (main != null) {
            all.addFirst(main);
        }
        return all.stream()
                .flatMap(strand -> strand.callWith(question).stream())
                .findFirst()
                .orElse("");
    }

    /** One number for each message but the system's, whose text may tell the time. */
    private static List<Long> marks(JsonNode messages) {
        List<Long> marks = new ArrayList<>(messages.size());
        for (JsonNode message : messages) {
            String role = ToolResults.role(message);
            if (!role.equals("system")) {
                String text = Json.text(message.path("content"));
                String rest = role + message.path("tool_calls") + message.path("tool_call_id");
                marks.add(((long) text.hashCode() << 32) ^ rest.hashCode() ^ text.length());
            }
        }
        return marks;
    }
}

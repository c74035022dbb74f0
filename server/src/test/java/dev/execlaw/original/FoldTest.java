package dev.execlaw.original;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.event.Event;
import dev.execlaw.event.EventPayload;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** What a page shows is what the agent said, whatever pieces it came in. */
final class FoldTest {

    private static final JsonMapper JSON = JsonMapper.shared();

    private final List<Frame> frames = new ArrayList<>();
    private final Fold fold = new Fold(message -> message.id().equals("own"));
    private Fold.Mode mode = Fold.Mode.LIVE;
    private long seq;

    private void take(EventPayload payload) {
        seq++;
        frames.addAll(fold.of(new Event(seq, "s", seq, Instant.EPOCH, payload), mode));
    }

    private List<String> names() {
        return frames.stream().map(Frame::event).toList();
    }

    /** The page puts a line feed between any two frames of an answer. */
    private String shown() {
        return frames.stream()
                .filter(frame -> frame.data() instanceof Shapes.Message)
                .map(frame -> ((Shapes.Message) frame.data()).content())
                .collect(Collectors.joining("\n"));
    }

    @Test
    void anAnswerInAnyPiecesIsShownUnchanged() {
        String answer =
                "- [x] done\n\n}\n42\nok\nRunning: not a tool\n┌──┐\n│ a│\n└──┘\nemoji \uD83E\uDD9E and \u001b[1mANSI\u001b[0m\n"
                        + "x".repeat(100_000) + "\nlast";
        Random random = new Random(7);
        for (int from = 0; from < answer.length(); ) {
            int to = Math.min(answer.length(), from + 1 + random.nextInt(from < 200 ? 3 : 5000));
            take(new EventPayload.Message(answer.substring(from, to), "p1"));
            from = to;
        }
        take(new EventPayload.TurnFinished("completed", ""));
        assertThat(shown()).isEqualTo(answer);
        assertThat(names()).endsWith("message", "agent_idle");
    }

    @Test
    void reasoningComesWholeAndInItsPlace() {
        take(new EventPayload.Thinking("first ", "t1"));
        take(new EventPayload.Thinking("second", "t1"));
        take(new EventPayload.Message("answer", "m1"));
        take(new EventPayload.TurnFinished("completed", ""));
        assertThat(names()).containsExactly("thinking", "message", "agent_idle");
        assertThat(frames.getFirst().data()).isEqualTo(new Shapes.Thinking("first second"));
    }

    @Test
    void toolsKeepTheirResultsAndNoIdOfTheModels() {
        take(new EventPayload.ToolCall("');alert(1);('", "shell", JSON.readTree("{\"command\":\"ls\"}")));
        take(new EventPayload.ToolResult("');alert(1);('", "a.txt", "ok", null, null));
        take(new EventPayload.ToolCall("call_0", "shell", JSON.readTree("\"broken\"")));
        take(new EventPayload.ToolResult("call_0", "no", "error", 2, null));
        assertThat(frames.stream().map(Frame::data).toList())
                .containsExactly(
                        new Shapes.ToolCall("tc_1", "shell", JSON.readTree("{\"command\":\"ls\"}"), "running"),
                        new Shapes.ToolResult("tc_1", "a.txt", "completed", 0),
                        new Shapes.ToolCall("tc_3", "shell", JSON.readTree("\"broken\""), "running"),
                        new Shapes.ToolResult("tc_3", "no", "failed", 2));
        assertThat(JSON.writeValueAsString(frames.getLast().data())).contains("\"exit_code\":2");
    }

    @Test
    void aPageIsNotToldWhatItSentItself() {
        take(new EventPayload.UserMessage("own", "mine"));
        take(new EventPayload.TurnStarted("own"));
        take(new EventPayload.UserMessage("other", "theirs"));
        assertThat(names()).containsExactly("agent_busy", "message", "agent_busy");
        frames.clear();
        mode = Fold.Mode.MISSED;
        take(new EventPayload.UserMessage("own", "mine"));
        assertThat(frames).isEmpty();
        mode = Fold.Mode.PAST;
        take(new EventPayload.UserMessage("own", "mine"));
        assertThat(frames.getFirst().data()).isEqualTo(new Shapes.Message("user", "mine", "text"));
    }

    @Test
    void aFailureIsToldUnderTheNameThatPagesListenTo() {
        take(new EventPayload.Failure(new Problem(ErrorCode.KEY_INVALID, "the key is wrong", "mend it")));
        assertThat(frames.getFirst())
                .isEqualTo(new Frame(new Frame.Place(1, 0), "error_event", new Shapes.Failure("the key is wrong")));
    }

    @Test
    void aQuestionForLeaveIsToldToWhoLooksOnAsItCannotBeAnsweredThere() {
        EventPayload.PermissionRequest question =
                new EventPayload.PermissionRequest("q", "Remove all files", JSON.createObjectNode(), List.of());
        take(question);
        assertThat(names()).containsExactly("error_event");
        assertThat(JSON.writeValueAsString(frames.getFirst().data())).contains("leave", "Remove all files");
        mode = Fold.Mode.PAST;
        take(question);
        assertThat(names()).hasSize(1);
    }

    @Test
    void everyFrameHasTheFieldsOfThatTime() {
        take(new EventPayload.UserMessage("other", "hello"));
        take(new EventPayload.Thinking("hm", "p1"));
        take(new EventPayload.ToolCall("c", "shell", JSON.createObjectNode().put("command", "true")));
        take(new EventPayload.ToolResult("c", "out", "error", 3, null));
        take(new EventPayload.Message("done", "p2"));
        take(new EventPayload.TurnFinished("completed", ""));
        take(new EventPayload.SessionDeleted());
        assertThat(frames.stream().map(frame -> frame.event() + " " + JSON.writeValueAsString(frame.data())))
                .containsExactly(
                        "message {\"role\":\"user\",\"content\":\"hello\",\"type\":\"text\"}",
                        "agent_busy {\"busy\":true}",
                        "thinking {\"content\":\"hm\"}",
                        "tool_call {\"id\":\"tc_3\",\"name\":\"shell\",\"input\":{\"command\":\"true\"},\"status\":\"running\"}",
                        "tool_result {\"id\":\"tc_3\",\"output\":\"out\",\"status\":\"failed\",\"exit_code\":3}",
                        "message {\"role\":\"assistant\",\"content\":\"done\",\"type\":\"text\"}",
                        "agent_idle {\"idle\":true}",
                        "exit {\"code\":0,\"reason\":\"Session deleted\"}");
    }

    @Test
    void placesAreReadBackAndNothingElseIs() {
        assertThat(Frame.Place.parse("12.3")).contains(new Frame.Place(12, 3));
        assertThat(Frame.Place.parse("12")).isEmpty();
        assertThat(Frame.Place.parse("-1.0")).isEmpty();
        assertThat(Frame.Place.parse("99999999999999999999.0")).isEmpty();
    }
}

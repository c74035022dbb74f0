package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.TurnFinished;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.session.Mail.ToolsEnd;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is asked for the end of a turn, and when, whatever comes in between. */
class InterruptionTest {

    private static final long SECOND = 1_000_000_000;

    private final List<String> asked = new ArrayList<>();
    private boolean spokenTo;
    private final Turn turn = new Turn("m1", World.QUICK, 0);
    private final Interruption interruption = new Interruption(new Interruption.Means() {
        @Override
        public void endCalls() {
            asked.add("calls");
        }

        @Override
        public boolean cancel() {
            return spokenTo;
        }

        @Override
        public void endTools(String message) {
            asked.add("tools of " + message);
        }

        @Override
        public void press() {
            asked.add("key");
        }
    });

    private void callFinished(boolean last, long now) {
        turn.callFinished(last, now);
        interruption.look();
    }

    private void answered(ToolsEnd end, long now) {
        interruption.answered("m1", end, now);
    }

    private String reason() {
        return turn.atPrompt().map(TurnFinished::reason).orElse("goes on");
    }

    @Test
    void whileTheModelSpeaksNobodyElseIsAsked() {
        turn.callStarted();
        interruption.stop(turn, 1);
        assertThat(reason()).as("the agent has not got the end of it").isEqualTo("goes on");
        callFinished(true, 2);
        assertThat(asked).containsExactly("calls");
        assertThat(interruption.deadline()).isEqualTo(Turn.NEVER);
        assertThat(reason()).isEqualTo("stopped");
    }

    @Test
    void aTurnThatHasNotAskedItsModelYetRunsNoTool() {
        interruption.stop(turn, 1);
        turn.callStarted();
        callFinished(true, 2);
        assertThat(asked).containsExactly("calls");
        assertThat(reason()).isEqualTo("stopped");
    }

    @Test
    void anAnswerThatWasWholeWhenTheStopCameMayBeginATool() {
        turn.callStarted();
        interruption.stop(turn, 1);
        callFinished(false, 2);
        assertThat(asked).containsExactly("calls", "tools of m1");
        assertThat(reason()).as("the next turn's tool would be ended, too").isEqualTo("goes on");
        answered(ToolsEnd.ENDED, 3);
        turn.callStarted();
        interruption.due(SECOND);
        callFinished(true, SECOND);
        assertThat(asked).hasSize(2);
        assertThat(reason()).isEqualTo("stopped");
    }

    @Test
    void aToolIsEndedByTheGuestAndTheNextOneOfTheSameAnswerToo() {
        turn.callStarted();
        callFinished(false, 1);
        interruption.stop(turn, 2);
        assertThat(asked).containsExactly("calls", "tools of m1");
        answered(ToolsEnd.ENDED, 3);
        interruption.due(4);
        assertThat(asked).as("not at once").hasSize(2);
        long again = interruption.deadline();
        assertThat(again).isLessThan(SECOND / 10);
        interruption.due(again);
        assertThat(asked).containsExactly("calls", "tools of m1", "tools of m1");
        interruption.due(SECOND);
        assertThat(asked).as("one at a time").hasSize(3);
    }

    @Test
    void aToolThatIsLateIsWaitedForLessAndLessOften() {
        turn.callStarted();
        callFinished(false, 1);
        interruption.stop(turn, 2);
        long now = 3;
        List<Long> pauses = new ArrayList<>();
        for (int look = 0; look < 8; look++) {
            answered(ToolsEnd.NOTHING, now);
            pauses.add((interruption.deadline() - now) / 1_000_000);
            now = interruption.deadline();
            interruption.due(now);
        }
        assertThat(pauses).containsExactly(50L, 100L, 200L, 400L, 800L, 1000L, 1000L, 1000L);
        answered(ToolsEnd.ENDED, now);
        assertThat(interruption.deadline() - now).isEqualTo(50_000_000);
    }

    @Test
    void saidTwiceItIsDoneOnce() {
        turn.callStarted();
        callFinished(false, 1);
        interruption.stop(turn, 2);
        interruption.stop(turn, 3);
        answered(ToolsEnd.ENDED, 4);
        interruption.stop(turn, 5);
        assertThat(asked).containsExactly("calls", "tools of m1");
    }

    @Test
    void thePromptThatComesBeforeTheGuestsAnswerWaitsForIt() {
        turn.callStarted();
        callFinished(false, 1);
        interruption.stop(turn, 2);
        turn.callStarted();
        callFinished(true, 3);
        assertThat(reason()).isEqualTo("goes on");
        answered(ToolsEnd.NOTHING, 4);
        assertThat(reason()).isEqualTo("stopped");
    }

    @Test
    void whatAnswersForATurnThatIsOverIsNotHeard() {
        turn.callStarted();
        callFinished(false, 1);
        interruption.stop(turn, 2);
        interruption.over();
        Turn next = new Turn("m2", World.QUICK, 3);
        next.callStarted();
        next.callFinished(false, 4);
        interruption.stop(next, 5);
        interruption.answered("m1", ToolsEnd.NOT_TOLD, 6);
        assertThat(asked).containsExactly("calls", "tools of m1", "calls", "tools of m2");
        assertThat(next.atPrompt()).isEmpty();
        interruption.answered("m2", ToolsEnd.ENDED, 7);
        assertThat(next.atPrompt()).isPresent();
    }

    @Test
    void aGuestThatCannotBeToldGetsTheKeyOnce() {
        turn.callStarted();
        callFinished(false, 1);
        interruption.stop(turn, 2);
        answered(ToolsEnd.NOT_TOLD, 3);
        interruption.look();
        assertThat(asked).containsExactly("calls", "tools of m1", "key");
        assertThat(interruption.deadline()).isEqualTo(Turn.NEVER);
        assertThat(reason()).isEqualTo("stopped");
    }

    @Test
    void theCommandHasWaitedForLateToolsItself() {
        turn.callStarted();
        callFinished(false, 1);
        interruption.stop(turn, 2);
        answered(ToolsEnd.BY_COMMAND, 3);
        interruption.look();
        assertThat(asked).containsExactly("calls", "tools of m1");
        assertThat(interruption.deadline()).isEqualTo(Turn.NEVER);
    }

    @Test
    void subAgentsRunToolsWhileTheModelSpeaks() {
        turn.callStarted();
        turn.told(new EventPayload.SideCall("s1", "subagent", "look it up", null));
        interruption.stop(turn, 1);
        assertThat(asked).containsExactly("calls", "tools of m1");
    }

    @Test
    void withAKeyOfItsOwnNobodyKnowsWhetherTheModelSpeaks() {
        turn.byPromptAlone();
        interruption.stop(turn, 1);
        assertThat(asked).containsExactly("calls", "tools of m1");
        answered(ToolsEnd.ENDED, 2);
        turn.prompted(3);
        interruption.due(SECOND);
        assertThat(asked).hasSize(2);
        assertThat(turn.overdue()).map(TurnFinished::reason).hasValue("stopped");
    }

    @Test
    void anAgentThatIsSpokenToEndsItsToolsItself() {
        spokenTo = true;
        turn.callStarted();
        callFinished(false, 1);
        interruption.stop(turn, 2);
        interruption.look();
        assertThat(asked).containsExactly("calls");
    }

    @Test
    void afterACallThatFailedThereIsNothingToEnd() {
        turn.callStarted();
        turn.callFailed(new Problem(ErrorCode.INTERNAL, "no", "again"), 1);
        interruption.stop(turn, 2);
        assertThat(asked).containsExactly("calls");
        assertThat(reason()).isEqualTo("stopped");
    }
}

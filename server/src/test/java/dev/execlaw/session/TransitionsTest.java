package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.session.SessionState.Goal;
import dev.execlaw.session.Transitions.Command;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Every pair of state and command, and every pair of states, against the table as written here. */
class TransitionsTest {

    private static final Problem WHY = new Problem(ErrorCode.INTERNAL, "a reason", "");

    private static final List<SessionState> STATES = List.of(
            new SessionState.Creating(),
            new SessionState.Booting(),
            new SessionState.Ready(),
            new SessionState.Busy(),
            new SessionState.Examining(),
            new SessionState.Recovering(),
            new SessionState.AgentLost(WHY),
            new SessionState.Stopping(new Goal.Stop(null)),
            new SessionState.Stopped(null),
            new SessionState.Failed(WHY),
            new SessionState.Deleted(),
            new SessionState.Saving(),
            new SessionState.Pausing("idle", null),
            new SessionState.Paused(7, null),
            new SessionState.Waking(7, "a message came"));

    @Test
    void everyStateAnswersEveryCommand() {
        List<String> table = new ArrayList<>();
        for (SessionState state : STATES) {
            List<String> row = Arrays.stream(Command.values())
                    .map(command -> Transitions.answer(state, command).name())
                    .toList();
            table.add(state.getClass().getSimpleName() + " " + String.join(" ", row));
        }
        assertThat(Command.values())
                .extracting(Command::name)
                .containsExactly(
                        "POST",
                        "REMOVE_QUEUED",
                        "START",
                        "STOP",
                        "INTERRUPT",
                        "ANSWER",
                        "EXAMINE",
                        "EXEC",
                        "PAUSE",
                        "RESUME",
                        "CHECKPOINT",
                        "REWIND",
                        "BRANCH",
                        "ADJUST",
                        "RESTRICT",
                        "DELETE",
                        "SHUTDOWN");
        assertThat(table)
                .containsExactly(
                        "Creating QUEUE DO NOTHING DO NOTHING REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE DO DO DO DO DO",
                        "Booting QUEUE DO NOTHING DO NOTHING REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE DO DO DO DO DO",
                        "Ready DO DO NOTHING DO NOTHING REFUSE DO DO DO NOTHING DO DO DO DO DO DO DO",
                        "Busy QUEUE DO NOTHING DO DO REFUSE REFUSE DO DO NOTHING REFUSE REFUSE DO DO DO DO DO",
                        "Examining QUEUE DO NOTHING DO NOTHING REFUSE REFUSE DO REFUSE NOTHING REFUSE REFUSE DO DO DO DO DO",
                        "Recovering QUEUE DO NOTHING DO NOTHING REFUSE REFUSE REFUSE REFUSE NOTHING REFUSE REFUSE DO DO DO DO DO",
                        "AgentLost REFUSE DO DO DO NOTHING REFUSE REFUSE DO REFUSE NOTHING REFUSE REFUSE DO DO DO DO DO",
                        "Stopping REFUSE DO REFUSE NOTHING REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE DO DO DO NOTHING",
                        "Stopped REFUSE DO DO NOTHING REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE DO DO DO DO DO NOTHING",
                        "Failed REFUSE DO DO NOTHING REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE DO DO DO DO DO NOTHING",
                        "Deleted REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE REFUSE NOTHING NOTHING",
                        "Saving QUEUE DO NOTHING DO NOTHING LATER LATER DO LATER NOTHING LATER LATER LATER DO DO DO DO",
                        "Pausing QUEUE DO NOTHING DO NOTHING REFUSE REFUSE REFUSE NOTHING DO REFUSE REFUSE DO DO DO DO DO",
                        "Paused DO DO DO DO NOTHING REFUSE REFUSE REFUSE NOTHING DO REFUSE DO DO DO DO DO NOTHING",
                        "Waking QUEUE DO NOTHING DO NOTHING REFUSE REFUSE REFUSE REFUSE DO REFUSE REFUSE DO DO DO DO DO");
    }

    @Test
    void anAnswerIsTakenWhileTheAgentWaitsForOne() {
        assertThat(Transitions.answer(new SessionState.Busy(true), Command.ANSWER))
                .isEqualTo(Transitions.Answer.DO);
    }

    @Test
    void everyStateHasTheFollowersWrittenHere() {
        List<String> table = new ArrayList<>();
        for (SessionState from : STATES) {
            List<String> followers = STATES.stream()
                    .filter(to -> Transitions.allowed(from, to))
                    .map(to -> to.getClass().getSimpleName())
                    .toList();
            table.add(from.getClass().getSimpleName() + " -> " + String.join(" ", followers));
        }
        assertThat(table)
                .containsExactly(
                        "Creating -> Booting Ready Stopping",
                        "Booting -> Ready AgentLost Stopping",
                        "Ready -> Busy Examining Recovering AgentLost Stopping Saving Pausing",
                        "Busy -> Ready Busy Recovering AgentLost Stopping",
                        "Examining -> Ready Recovering AgentLost Stopping",
                        "Recovering -> Ready AgentLost Stopping",
                        "AgentLost -> Recovering Stopping",
                        "Stopping -> Stopping Stopped Failed Deleted Paused",
                        "Stopped -> Creating Stopping Waking",
                        "Failed -> Creating Stopping Waking",
                        "Deleted -> ",
                        "Saving -> Ready Recovering AgentLost Stopping",
                        "Pausing -> Ready Stopping Paused Waking",
                        "Paused -> Stopping Paused Waking",
                        "Waking -> Ready AgentLost Stopping");
    }

    @Test
    void theTestKnowsEveryState() {
        TreeSet<String> known = new TreeSet<>();
        STATES.forEach(state -> known.add(state.getClass().getName()));
        TreeSet<String> permitted = new TreeSet<>();
        for (Class<?> type : SessionState.class.getPermittedSubclasses()) {
            permitted.add(type.getName());
        }
        assertThat(known).isEqualTo(permitted);
    }

    @Test
    void refusalsSayWhatToDoNext() {
        for (SessionState state : STATES) {
            for (Command command : Command.values()) {
                if (Transitions.answer(state, command) == Transitions.Answer.REFUSE) {
                    Problem problem = Refusal.of(state, command).problem();
                    assertThat(problem.detail()).isNotBlank();
                    assertThat(problem.next()).isNotBlank();
                }
            }
        }
    }
}

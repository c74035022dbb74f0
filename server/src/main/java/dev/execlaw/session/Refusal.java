package dev.execlaw.session;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;

/** Why a state does not allow a command, in words. */
final class Refusal {

    private Refusal() {}

    static ProblemException of(SessionState state, Transitions.Command command) {
        return switch (state) {
            case SessionState.Deleted _ ->
                new ProblemException(ErrorCode.SESSION_GONE, "the session was deleted", "create another one");
            case SessionState.Stopping _ -> conflict(command, "is being stopped", "wait until it is stopped");
            case SessionState.Stopped _ -> conflict(command, "is stopped", "start it first");
            case SessionState.Failed(var reason) ->
                conflict(command, "has failed (" + reason.detail() + ")", "start it again first");
            case SessionState.AgentLost(var reason) ->
                conflict(command, "has no agent (" + reason.detail() + ")", "start it again first");
            case SessionState.Busy _
            when command != Transitions.Command.START && command != Transitions.Command.ANSWER ->
                conflict(command, "has a running turn", "wait for its end, or interrupt it");
            case SessionState.Examining _ -> conflict(command, "is being examined already", "wait for that to end");
            case SessionState.Creating _,
                    SessionState.Booting _,
                    SessionState.Ready _,
                    SessionState.Busy _,
                    SessionState.Recovering _,
                    SessionState.Saving _,
                    SessionState.Waking _ -> conflict(command, "is " + words(state), "wait");
            case SessionState.Pausing _ -> conflict(command, "is going to sleep", "wait");
            case SessionState.Paused _ -> conflict(command, "is asleep on disk", "resume it first");
        };
    }

    private static String words(SessionState state) {
        return switch (state.agent()) {
            case WORKING -> "at work";
            case IDLE, STARTING, WAITING, FAILED -> state.machine().json();
        };
    }

    private static ProblemException conflict(Transitions.Command command, String is, String next) {
        String what = switch (command) {
            case POST -> "takes no message";
            case START -> "cannot be started";
            case STOP -> "cannot be stopped";
            case INTERRUPT -> "has no turn to interrupt";
            case ANSWER -> "has no agent that asks for leave";
            case EXEC -> "runs no commands";
            case EXAMINE -> "cannot be examined: its agent must be idle";
            case PAUSE -> "cannot be paused";
            case RESUME -> "cannot be resumed: it does not sleep";
            case CHECKPOINT -> "cannot be saved: its agent must be idle";
            case REWIND -> "cannot be rewound: its agent must be idle, or its machine gone";
            case BRANCH -> "cannot be forked";
            case REMOVE_QUEUED, ADJUST, RESTRICT, DELETE, SHUTDOWN -> "cannot be changed";
        };
        return new ProblemException(ErrorCode.STATE_CONFLICT, "the session " + is + " and " + what, next);
    }
}

package dev.execlaw.session;

import dev.execlaw.problem.Problem;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a session stands. The set is closed; {@link Transitions} says what leads from one to another.
 *
 * <pre>
 * Creating -> Booting -> Ready <-> Busy
 * Ready -> Examining (the doctor looks inside) -> Ready
 * Ready | Busy | Examining -> Recovering (the agent exited) -> Ready
 * Booting | Ready | Busy | Examining | Recovering -> AgentLost (it keeps exiting) -> Recovering (start)
 * any of these -> Stopping -> Stopped | Failed | Deleted
 * Stopped | Failed -> Creating (start) | Stopping (delete)
 * </pre>
 */
sealed interface SessionState {

    MachineStatus machine();

    AgentStatus agent();

    /** Why the session is not well, or why it was stopped by another hand than the user's. */
    default Optional<Problem> problem() {
        return Optional.empty();
    }

    /** The parts of a machine are being made. */
    record Creating() implements SessionState {
        @Override
        public MachineStatus machine() {
            return MachineStatus.CREATING;
        }

        @Override
        public AgentStatus agent() {
            return AgentStatus.STARTING;
        }
    }

    /** The VMM runs; guest and agent are on their way. */
    record Booting() implements SessionState {
        @Override
        public MachineStatus machine() {
            return MachineStatus.BOOTING;
        }

        @Override
        public AgentStatus agent() {
            return AgentStatus.STARTING;
        }
    }

    /** The agent waits for a message. */
    record Ready() implements SessionState {
        @Override
        public MachineStatus machine() {
            return MachineStatus.RUNNING;
        }

        @Override
        public AgentStatus agent() {
            return AgentStatus.IDLE;
        }
    }

    /** A turn runs. */
    record Busy() implements SessionState {
        @Override
        public MachineStatus machine() {
            return MachineStatus.RUNNING;
        }

        @Override
        public AgentStatus agent() {
            return AgentStatus.WORKING;
        }
    }

    /** The agent is suspended while its machine is looked at from inside. */
    record Examining() implements SessionState {
        @Override
        public MachineStatus machine() {
            return MachineStatus.RUNNING;
        }

        @Override
        public AgentStatus agent() {
            return AgentStatus.WORKING;
        }
    }

    /** The machine runs; its agent is started again, or looked for after a restart of the server. */
    record Recovering() implements SessionState {
        @Override
        public MachineStatus machine() {
            return MachineStatus.RUNNING;
        }

        @Override
        public AgentStatus agent() {
            return AgentStatus.STARTING;
        }
    }

    /** The machine runs without an agent. */
    record AgentLost(Problem reason) implements SessionState {
        @Override
        public MachineStatus machine() {
            return MachineStatus.RUNNING;
        }

        @Override
        public AgentStatus agent() {
            return AgentStatus.FAILED;
        }

        @Override
        public Optional<Problem> problem() {
            return Optional.of(reason);
        }
    }

    /** The machine is being ended and its resources released. */
    record Stopping(Goal goal) implements SessionState {
        @Override
        public MachineStatus machine() {
            return MachineStatus.STOPPING;
        }

        @Override
        public AgentStatus agent() {
            return AgentStatus.WAITING;
        }

        @Override
        public Optional<Problem> problem() {
            return goal.reason();
        }
    }

    /** There is no machine; disk and transcript are kept. */
    record Stopped(@Nullable Problem reason) implements SessionState {
        @Override
        public MachineStatus machine() {
            return MachineStatus.STOPPED;
        }

        @Override
        public AgentStatus agent() {
            return AgentStatus.WAITING;
        }

        @Override
        public Optional<Problem> problem() {
            return Optional.ofNullable(reason);
        }
    }

    /** There is no machine, because something went wrong. */
    record Failed(Problem reason) implements SessionState {
        @Override
        public MachineStatus machine() {
            return MachineStatus.FAILED;
        }

        @Override
        public AgentStatus agent() {
            return AgentStatus.FAILED;
        }

        @Override
        public Optional<Problem> problem() {
            return Optional.of(reason);
        }
    }

    /** Nothing is left. */
    record Deleted() implements SessionState {
        @Override
        public MachineStatus machine() {
            return MachineStatus.STOPPED;
        }

        @Override
        public AgentStatus agent() {
            return AgentStatus.WAITING;
        }
    }

    /** What a session becomes once its machine is gone. */
    sealed interface Goal {

        default Optional<Problem> reason() {
            return Optional.empty();
        }

        /** Stopped; the reason is null when the user asked for it. */
        record Stop(@Nullable Problem why) implements Goal {
            @Override
            public Optional<Problem> reason() {
                return Optional.ofNullable(why);
            }
        }

        /** Failed. */
        record Fail(Problem why) implements Goal {
            @Override
            public Optional<Problem> reason() {
                return Optional.of(why);
            }
        }

        /** Deleted. */
        record Delete() implements Goal {}
    }
}

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
 * Stopped | Failed -> Creating (start) | Waking (rewind) | Stopping (delete)
 * Ready -> Saving (a checkpoint) -> Ready
 * Ready -> Pausing -> Paused -> Waking -> Ready; Pausing -> Ready (it could not be saved)
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

    /**
     * A turn runs.
     *
     * @param waits whether the agent waits for its user's leave meanwhile
     */
    record Busy(boolean waits) implements SessionState {

        /** The agent works. */
        Busy() {
            this(false);
        }

        @Override
        public MachineStatus machine() {
            return MachineStatus.RUNNING;
        }

        @Override
        public AgentStatus agent() {
            return waits ? AgentStatus.WAITING : AgentStatus.WORKING;
        }
    }

    /** The agent waits, and the machine is being saved: it stands still for a moment. */
    record Saving() implements SessionState {
        @Override
        public MachineStatus machine() {
            return MachineStatus.RUNNING;
        }

        @Override
        public AgentStatus agent() {
            return AgentStatus.IDLE;
        }
    }

    /**
     * The machine is being saved and then ended.
     *
     * @param why in words
     * @param then position of the checkpoint that it goes back to afterwards; null to sleep
     */
    record Pausing(String why, @Nullable Long then) implements SessionState {
        @Override
        public MachineStatus machine() {
            return MachineStatus.RUNNING;
        }

        @Override
        public AgentStatus agent() {
            return AgentStatus.IDLE;
        }
    }

    /**
     * The machine is on disk, and costs neither memory nor processor.
     *
     * @param from position of the checkpoint that it wakes from
     * @param reason why it did not wake the last time; null where it was not asked
     */
    record Paused(long from, @Nullable Problem reason) implements SessionState {
        @Override
        public MachineStatus machine() {
            return MachineStatus.PAUSED;
        }

        @Override
        public AgentStatus agent() {
            return AgentStatus.IDLE;
        }

        @Override
        public Optional<Problem> problem() {
            return Optional.ofNullable(reason);
        }
    }

    /**
     * The machine is on its way from a checkpoint back to where it was.
     *
     * @param from position of that checkpoint
     * @param why in words
     */
    record Waking(long from, String why) implements SessionState {
        @Override
        public MachineStatus machine() {
            return MachineStatus.BOOTING;
        }

        @Override
        public AgentStatus agent() {
            return AgentStatus.STARTING;
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

        /** Back on disk, as it was before it should wake from this checkpoint. */
        record Sleep(long from, Problem why) implements Goal {
            @Override
            public Optional<Problem> reason() {
                return Optional.of(why);
            }
        }

        /** Deleted. */
        record Delete() implements Goal {}
    }
}

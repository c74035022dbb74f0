package dev.execlaw.session;

import dev.execlaw.agent.ConsoleSignal;
import dev.execlaw.event.EventPayload;
import dev.execlaw.exec.GuestShell;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.problem.Problem;
import dev.execlaw.store.CheckpointRow;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What arrives in a supervisor's mailbox. Facts carry the number of the run they belong to (a run is one start of a
 * machine); those of an older run are dropped.
 */
sealed interface Mail {

    /** A request; somebody waits for the reply. */
    sealed interface Ask<T> extends Mail {
        CompletableFuture<T> reply();

        Transitions.Command command();
    }

    /** A request that is answered with the session as it is then. */
    sealed interface Viewed extends Ask<SessionView> {}

    record Post(String text, CompletableFuture<Sessions.Posted> reply) implements Ask<Sessions.Posted> {
        @Override
        public Transitions.Command command() {
            return Transitions.Command.POST;
        }
    }

    record RemoveQueued(String message, CompletableFuture<SessionView> reply) implements Viewed {
        @Override
        public Transitions.Command command() {
            return Transitions.Command.REMOVE_QUEUED;
        }
    }

    record Start(CompletableFuture<SessionView> reply) implements Viewed {
        @Override
        public Transitions.Command command() {
            return Transitions.Command.START;
        }
    }

    record Stop(CompletableFuture<SessionView> reply) implements Viewed {
        @Override
        public Transitions.Command command() {
            return Transitions.Command.STOP;
        }
    }

    record Interrupt(CompletableFuture<SessionView> reply) implements Viewed {
        @Override
        public Transitions.Command command() {
            return Transitions.Command.INTERRUPT;
        }
    }

    /** Answers the agent's question for leave. */
    record Answer(String request, String option, CompletableFuture<SessionView> reply) implements Viewed {
        @Override
        public Transitions.Command command() {
            return Transitions.Command.ANSWER;
        }
    }

    /** Asks for the way into the machine, to run a command. */
    record Enter(CompletableFuture<GuestShell> reply) implements Ask<GuestShell> {
        @Override
        public Transitions.Command command() {
            return Transitions.Command.EXEC;
        }
    }

    /**
     * The reply comes when the agent is back, or known not to come back.
     *
     * @param console only by the console, because the other way did not work
     */
    record Examine(boolean console, CompletableFuture<Checkup> reply) implements Ask<Checkup> {
        @Override
        public Transitions.Command command() {
            return Transitions.Command.EXAMINE;
        }
    }

    /** The reply comes when the machine sleeps, or does not. */
    record Pause(boolean force, String why, CompletableFuture<SessionView> reply) implements Viewed {
        @Override
        public Transitions.Command command() {
            return Transitions.Command.PAUSE;
        }
    }

    /**
     * The reply comes when the agent waits again.
     *
     * @param why in words
     */
    record Resume(String why, CompletableFuture<SessionView> reply) implements Viewed {
        @Override
        public Transitions.Command command() {
            return Transitions.Command.RESUME;
        }
    }

    /** The reply comes when the machine was saved. */
    record Checkpoint(@Nullable String name, CompletableFuture<CheckpointView> reply) implements Ask<CheckpointView> {
        @Override
        public Transitions.Command command() {
            return Transitions.Command.CHECKPOINT;
        }
    }

    /** The reply comes when the agent waits again, at the checkpoint. */
    record Rewind(long seq, CompletableFuture<SessionView> reply) implements Viewed {
        @Override
        public Transitions.Command command() {
            return Transitions.Command.REWIND;
        }
    }

    /**
     * Shares a checkpoint's files with new sessions. The reply comes when each has its own links.
     *
     * @param seq the checkpoint; null for now
     * @param forks ids of the new sessions, whose directories are there
     */
    record Branch(@Nullable Long seq, List<String> forks, CompletableFuture<List<CheckpointRow>> reply)
            implements Ask<List<CheckpointRow>> {
        @Override
        public Transitions.Command command() {
            return Transitions.Command.BRANCH;
        }
    }

    /** Changes what the session is set to, which needs nothing of its machine. */
    record Adjust(Consumer<Chronicle> change, CompletableFuture<SessionView> reply) implements Viewed {
        @Override
        public Transitions.Command command() {
            return Transitions.Command.ADJUST;
        }
    }

    record Restrict(NetworkPolicy policy, CompletableFuture<SessionView> reply) implements Viewed {
        @Override
        public Transitions.Command command() {
            return Transitions.Command.RESTRICT;
        }
    }

    /** The reply comes when nothing is left. */
    record Delete(CompletableFuture<SessionView> reply) implements Viewed {
        @Override
        public Transitions.Command command() {
            return Transitions.Command.DELETE;
        }
    }

    /** The server ends. The reply comes when the machine is gone, or was let go with {@code keep}. */
    record Shutdown(boolean keep, CompletableFuture<SessionView> reply) implements Viewed {
        @Override
        public Transitions.Command command() {
            return Transitions.Command.SHUTDOWN;
        }
    }

    /** These checkpoints are to be given up, as all sessions' together are too many. */
    record Drop(Set<Long> seqs) implements Mail {}

    /** Something happened in the run with this number. */
    sealed interface Fact extends Mail {
        int run();
    }

    /** A step of a start is done. */
    record Step(int run, String step, long ms, String detail) implements Fact {}

    /**
     * The VMM runs the guest.
     *
     * @param policy what its guest reaches now
     * @param consoleFrom offset of the console at which this run begins
     */
    record Launched(int run, Machine machine, Place place, NetworkPolicy policy, long consoleFrom, Standing standing)
            implements Fact {}

    /** How far a launched guest is. */
    enum Standing {
        /** It boots. */
        BOOTS,
        /** Its agent was released and is about to show itself. */
        AGENT_COMES,
        /** Its agent waits at its prompt, as it did when it was saved. */
        AGENT_WAITS
    }

    /**
     * The machine was saved.
     *
     * @param disk that it goes on with
     */
    record Saved(int run, CheckpointRow row, MachineSpec.Disk disk, long ms) implements Fact {}

    /** The machine was saved and is gone. */
    record Slept(int run, CheckpointRow row, long ms) implements Fact {}

    /** The machine could not be saved; it goes on as if it had not been tried. */
    record NotSaved(int run, Problem problem) implements Fact {}

    /** The guest has been given its files again, or could not be. */
    record Dressed(int run, Optional<Problem> failure) implements Talk {}

    /** The machine has been woken from its doze: when it may doze again is to be found out anew. */
    record Awake(int run) implements Fact {}

    /** Something that the session's user should know. */
    record Remark(int run, String text) implements Fact {}

    /** A machine that outlived the server is ours again. */
    record Adopted(int run, Machine machine, NetworkPolicy policy) implements Fact {}

    /** There is no machine; what was made on the way is still there. */
    record LaunchFailed(int run, Problem problem) implements Fact {}

    /** What concerns the agent: the console and the model's traffic. */
    sealed interface Talk extends Fact {}

    /** The console has been read up to where it was when the watch began. */
    record CaughtUp(int run, Watch.Seen seen) implements Talk {}

    record Console(int run, ConsoleSignal signal) implements Talk {}

    /** The console shows text; told only where it is all that is seen of an answer. */
    record Printed(int run, String text) implements Talk {}

    /**
     * The guest was told to end what its agent runs.
     *
     * @param turn id of the message whose turn was stopped
     */
    record ToolInterrupted(int run, String turn, ToolsEnd end) implements Talk {}

    /** What came of that. */
    enum ToolsEnd {
        /** All that it ran is gone. */
        ENDED,
        /** It ran nothing at that moment. */
        NOTHING,
        /** A command in the guest has waited for tools, and ended them. */
        BY_COMMAND,
        /** The guest could not be told. */
        NOT_TOLD
    }

    /** What an agent that is spoken to tells of a turn. */
    record Spoken(int run, Speech speech, Speech.News news) implements Talk {}

    record Exited(int run, MachineExit exit) implements Fact {}

    /** Machine and resources are gone, or could not be removed. */
    record Ended(int run, Optional<Problem> failure) implements Fact {}

    /** A model call of the turn has begun. */
    record CallStarted(int run) implements Talk {}

    record Traffic(int run, EventPayload payload) implements Talk {}

    record CallFinished(int run, boolean last) implements Talk {}

    record CallFailed(int run, Problem problem) implements Talk {}
}

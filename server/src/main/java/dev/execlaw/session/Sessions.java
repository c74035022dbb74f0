package dev.execlaw.session;

import dev.execlaw.exec.ExecCommand;
import dev.execlaw.exec.ExecOutput;
import dev.execlaw.exec.ExecResult;
import dev.execlaw.microvm.console.Console;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All sessions of this server: the door through which the HTTP API acts. Any thread may call it. Methods that take an
 * id throw {@link dev.execlaw.problem.ProblemException} with {@code NOT_FOUND} (or {@code SESSION_GONE}) when there is
 * no such session, and {@code STATE_CONFLICT} when its state does not allow the step.
 */
public interface Sessions {

    /** Accepts a session and begins its start; the rest is seen in its events. */
    SessionView create(CreateSession request);

    /** All sessions, newest first. */
    List<SessionView> list();

    SessionView get(String id);

    /** Ends the machine, proves that nothing of it is left, removes the transcript. Returns when that is done. */
    void delete(String id);

    /** Gives the agent a message, or queues it while the agent starts or works. */
    Posted post(String id, String text);

    /** Takes a queued message back. */
    void removeQueued(String id, String message);

    /** Ends the machine and keeps disk and transcript. Returns when accepted. */
    SessionView stop(String id);

    /** Starts a stopped or failed session again on its own disk. Returns when accepted. */
    SessionView start(String id);

    /** Ends the running turn; the agent and the machine go on. Returns when accepted. */
    SessionView interrupt(String id);

    /** Answers the agent's question for leave with one of its options. Returns when accepted. */
    SessionView answer(String id, String request, String option);

    /**
     * Looks at an idle session's machine from inside. Where commands get in beside the agent it is not disturbed; else it
     * is suspended, the guest checks itself, and the agent goes on with its conversation: then this returns when it is
     * back at its prompt, or known not to come back.
     */
    Checkup doctor(String id);

    /** What the session's guest may reach, and what went through. */
    NetworkView network(String id);

    /** Changes what the session's guest may reach, at once. */
    NetworkView restrict(String id, NetworkPolicy policy);

    /**
     * Runs a command in the session's machine, beside its agent. Returns when it has ended, and its output was taken.
     * Throws with {@code EXEC_UNAVAILABLE} where the machine has no way in, {@code EXEC_FAILED} where the guest does not
     * answer or the connection breaks.
     */
    ExecResult exec(String id, ExecCommand command, ExecOutput output);

    /**
     * Puts the machine to sleep on disk. Returns when it sleeps.
     *
     * @param force whether a running turn is ended for it; else a working session is left alone
     */
    SessionView pause(String id, boolean force);

    /** Wakes a sleeping machine. Returns when its agent waits. */
    SessionView resume(String id);

    /** The saved states of the session's machine, oldest position first. */
    List<CheckpointView> checkpoints(String id);

    /** Saves the machine as it is, under a name or none. Returns when it is saved. */
    CheckpointView checkpoint(String id, @Nullable String name);

    /** Takes machine and conversation back to a checkpoint. Returns when the agent waits there. */
    SessionView rewind(String id, long seq);

    /** Makes new sessions that begin where this one was at a checkpoint, or is now. Returns when they are accepted. */
    List<SessionView> fork(String id, ForkSession request);

    /**
     * What changed on the disk between two checkpoints, as it would be after a loss of power: what the guest has not
     * written out by then is not in it.
     *
     * @param from position of the older one; null for the image
     * @param to position of the newer one; null for now, for which the machine is saved after its guest has written out
     *     what it holds
     */
    DiffView diff(String id, @Nullable Long from, @Nullable Long to);

    /**
     * The whole output of a tool of which the session's events hold only the beginning; that of the session it was forked
     * from where it is told from there. Throws with {@code NOT_FOUND} when it is kept no longer.
     *
     * @param call id of the tool call
     */
    String output(String id, String call);

    /** Renames the session. */
    SessionView rename(String id, String name);

    /** Sets other budgets and caps, which hold at once. */
    SessionView govern(String id, SessionPolicy policy);

    /** Has another model asked from the next model call on, also in the midst of a turn. */
    SessionView switchModel(String id, SwitchModel model);

    /** How the session's model is asked. */
    ModelSettings modelSettings(String id);

    /** Changes how the session's model is asked, from the next model call on. */
    SessionView tune(String id, ModelSettings settings);

    /** What all sessions spent from one day to another, UTC, both included. */
    UsageReport usage(LocalDate from, LocalDate to);

    /** The console of the machine, or of the last one; empty before the first start got that far. */
    Optional<Console> console(String id);

    /**
     * What became of a posted message.
     *
     * @param state {@code queued} or {@code running}
     */
    record Posted(String messageId, String state) {}
}

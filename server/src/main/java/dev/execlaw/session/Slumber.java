package dev.execlaw.session;

import dev.execlaw.event.EventPayload;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.store.CheckpointRow;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A session's machine between running and sleeping: checkpoints, pause, wake-up, the way back, and what forks get. Belongs
 * to the supervisor's thread.
 */
final class Slumber {

    private final Chronicle chronicle;
    private final Checkpoints checkpoints;
    private final Acts acts;
    private final boolean everyTurn;
    private final Waiting forSleep = new Waiting();
    private final Waiting forWake = new Waiting();
    private @Nullable Asked asked;
    private @Nullable String waking;
    private long began = System.nanoTime();
    private boolean wakeAtOnce;
    private @Nullable String sleepAfterTurn;
    private boolean unable;

    /** Whether a save is under way, whatever the state is meanwhile. */
    private boolean saving;

    Slumber(SessionParts parts, Chronicle chronicle, Acts acts) {
        this.chronicle = chronicle;
        this.acts = acts;
        this.everyTurn = parts.past().budget().everyTurn();
        this.checkpoints = new Checkpoints(parts, chronicle.id());
    }

    /** What the supervisor does for it. */
    interface Acts {

        /** Begins to save the running machine. */
        void save(Saving.Point point, boolean sleep);

        /** Begins a run from a checkpoint, which may be another session's. */
        void wake(CheckpointRow from, boolean other);

        /** The agent waits and nothing else is to be done: the next message may go. */
        void next();
    }

    /** Somebody who waits for the checkpoint that is being made. */
    private record Asked(CompletableFuture<?> reply, Function<CheckpointRow, Runnable> answer) {}

    List<CheckpointView> views() {
        return checkpoints.views(chronicle.undone());
    }

    /**
     * The agent waits.
     *
     * @param afterTurn then, and when it waits for the first time, the machine is saved where it can be
     */
    void ready(boolean afterTurn) {
        String why = waking;
        if (why != null) {
            waking = null;
            long ms = Duration.ofNanos(System.nanoTime() - began).toMillis();
            chronicle.event(new EventPayload.Resumed(why, ms));
        }
        forWake.complete(chronicle.view());
        String sleep = sleepAfterTurn;
        if (afterTurn && sleep != null) {
            sleepAfterTurn = null;
            pause(sleep, null);
        } else if (saving) {
            chronicle.become(new SessionState.Saving()); // one that began before; it holds the next message back
        } else if (everyTurn && !unable && (afterTurn || checkpoints.none())) {
            begin(checkpoints.none() ? "start" : "turn", null);
        }
    }

    private void begin(String kind, @Nullable String name) {
        Saving.Point point = point(kind, name);
        chronicle.become(new SessionState.Saving());
        saving = true;
        acts.save(point, false);
    }

    private Saving.Point point(String kind, @Nullable String name) {
        long seq = kind.equals("turn") ? chronicle.turnEnd() : chronicle.lastSeq();
        return new Saving.Point(chronicle.id(), seq, kind, name, chronicle.undone());
    }

    /** A person wants the machine saved under a name. */
    void checkpoint(@Nullable String name, CompletableFuture<CheckpointView> reply) {
        asked = new Asked(reply, row -> () -> reply.complete(Checkpoints.view(row, chronicle.undone())));
        begin("named", name);
    }

    /** Gives forks what they begin with: a checkpoint that is there, or one that is made now. */
    void branch(Mail.Branch ask) {
        Long seq = ask.seq();
        if (seq != null) {
            answer(ask, checkpoints.require(seq));
        } else if (chronicle.state() instanceof SessionState.Paused(long from, Problem _)) {
            answer(ask, checkpoints.require(from));
        } else if (chronicle.state() instanceof SessionState.Ready) {
            asked = new Asked(ask.reply(), row -> () -> answer(ask, row));
            begin("named", null);
        } else {
            throw Refusal.of(chronicle.state(), Transitions.Command.CHECKPOINT);
        }
    }

    private void answer(Mail.Branch ask, CheckpointRow row) {
        try {
            List<CheckpointRow> shared = new ArrayList<>();
            for (String fork : ask.forks()) {
                shared.add(checkpoints.share(row, fork));
            }
            chronicle.event(new EventPayload.ForkMade(ask.forks(), row.seq()));
            ask.reply().complete(List.copyOf(shared));
        } catch (IOException | MachineException e) {
            ask.reply()
                    .completeExceptionally(new ProblemException(
                            ErrorCode.CHECKPOINT_FAILED,
                            "the checkpoint at " + row.seq() + " could not be shared: " + e.getMessage(),
                            "try again, or fork another checkpoint",
                            e));
        }
    }

    /** The machine is to sleep. */
    void pause(String why, @Nullable CompletableFuture<SessionView> reply) {
        if (reply != null) {
            forSleep.add(reply);
        }
        beginSleep(new SessionState.Pausing(why, null), "pause");
    }

    private void beginSleep(SessionState.Pausing state, String kind) {
        wakeAtOnce = false;
        began = System.nanoTime();
        Saving.Point point = point(kind, null);
        chronicle.become(state);
        saving = true;
        acts.save(point, true);
    }

    /** It is to run again: at once, or as soon as it sleeps, or it is on its way already. */
    void wake(String why, @Nullable CompletableFuture<SessionView> reply) {
        if (reply != null) {
            forWake.add(reply);
        }
        if (chronicle.state() instanceof SessionState.Paused(long from, Problem _)) {
            wakeFrom(checkpoints.require(from), why);
        } else if (chronicle.state() instanceof SessionState.Pausing
                || chronicle.state() instanceof SessionState.Stopping(SessionState.Goal.Sleep _)) {
            wakeAtOnce = true;
        }
    }

    /** It was found asleep: shows that, as it may have been told to wake, and wakes it if messages wait. */
    void foundAsleep() {
        chronicle.event(new EventPayload.SessionChanged(chronicle.view()));
        if (!chronicle.queue().rows().isEmpty()) {
            wake("a message came", null);
        }
    }

    /** A run has ended; it may be asleep now. */
    void arrived() {
        if (wakeAtOnce && chronicle.state() instanceof SessionState.Paused(long from, Problem _)) {
            wakeFrom(checkpoints.require(from), "a message came");
        }
        wakeAtOnce = false;
    }

    private void wakeFrom(CheckpointRow row, String why) {
        wakeAtOnce = false;
        began = System.nanoTime();
        waking = why;
        chronicle.become(new SessionState.Waking(row.seq(), why));
        acts.wake(row, ofSource(row));
    }

    /** Whether a checkpoint is of the session that this one was forked from: then the guest must be told who it is now. */
    private boolean ofSource(CheckpointRow row) {
        ForkPoint origin = chronicle.settings().origin();
        return origin != null && origin.seq() == row.seq();
    }

    /** The first run of a fork, from the one checkpoint that it was given. */
    void wakeFork() {
        CheckpointRow first = checkpoints.all().getFirst();
        began = System.nanoTime();
        waking = "it was forked";
        tell(first, 0);
        chronicle.tellFirst();
        acts.wake(first, true);
    }

    /** The machine is to sleep when the turn that was just interrupted is over. */
    void pauseAfterTurn(String why, CompletableFuture<SessionView> reply) {
        forSleep.add(reply);
        sleepAfterTurn = why;
    }

    /** Machine and conversation go back to a checkpoint; a running machine is saved first, so that it can be undone. */
    void rewind(long seq, CompletableFuture<SessionView> reply) {
        CheckpointRow to = checkpoints.require(seq);
        forWake.add(reply);
        if (chronicle.state() instanceof SessionState.Ready) {
            beginSleep(new SessionState.Pausing("it goes back to event " + seq, seq), "undo");
        } else if (chronicle.state() instanceof SessionState.Paused(long from, Problem _)) {
            goBack(to, from);
        } else {
            goBack(to, chronicle.lastSeq());
        }
    }

    /**
     * Goes back.
     *
     * @param last position that is left; where the machine was saved there, going to it brings all back
     */
    private void goBack(CheckpointRow to, long last) {
        long through = Math.max(last, to.seq() + 1);
        chronicle.rewound(
                new EventPayload.Rewound(to.seq(), to.seq() + 1, through),
                Range.and(Checkpoints.undone(to), to.seq() + 1, through));
        wakeFrom(to, "it went back to event " + to.seq());
    }

    /** The machine was saved and goes on. */
    void saved(Mail.Saved saved) {
        saving = false;
        record(saved.row(), saved.ms());
        Asked waiting = asked;
        asked = null;
        boolean ready = chronicle.state() instanceof SessionState.Saving; // the agent may have left meanwhile
        if (ready) {
            chronicle.become(new SessionState.Ready());
        }
        if (waiting != null) {
            waiting.answer().apply(saved.row()).run();
        }
        acts.next();
    }

    /** The machine was saved and sleeps. */
    void slept(Mail.Slept slept) {
        saving = false;
        record(slept.row(), slept.ms());
        if (!(chronicle.state() instanceof SessionState.Pausing(String why, Long then))) {
            return;
        }
        if (then != null) {
            goBack(checkpoints.require(then), slept.row().seq());
            return;
        }
        CheckpointRow row = slept.row();
        chronicle.event(new EventPayload.Paused(why, slept.ms(), row.diskBytes() + row.memoryBytes()));
        chronicle.become(new SessionState.Paused(row.seq(), null));
        forSleep.complete(chronicle.view());
        if (wakeAtOnce || !chronicle.queue().rows().isEmpty()) {
            wakeFrom(row, "a message came");
        }
    }

    private void record(CheckpointRow row, long ms) {
        Disk active = chronicle.place().orElseThrow().disk();
        dropping(() -> {
            checkpoints.add(row);
            return checkpoints.thin(active, row.seq());
        });
        tell(row, ms);
    }

    /** Gives up checkpoints for the sake of all sessions; not where one is being made or gone back to, until the next time. */
    void drop(Set<Long> seqs) {
        boolean rests = switch (chronicle.state()) {
            case SessionState.Ready _,
                    SessionState.Busy _,
                    SessionState.Examining _,
                    SessionState.AgentLost _,
                    SessionState.Paused _,
                    SessionState.Stopped _,
                    SessionState.Failed _ -> !saving;
            case SessionState.Creating _,
                    SessionState.Booting _,
                    SessionState.Recovering _,
                    SessionState.Saving _,
                    SessionState.Pausing _,
                    SessionState.Waking _,
                    SessionState.Stopping _,
                    SessionState.Deleted _ -> false;
        };
        long kept = chronicle.state() instanceof SessionState.Paused(long from, Problem _) ? from : -1;
        if (rests) {
            chronicle.place().ifPresent(place -> dropping(() -> checkpoints.drop(seqs, place.disk(), kept)));
        }
    }

    /** Files are removed. */
    @FunctionalInterface
    private interface Removal {
        List<Long> run() throws IOException, MachineException;
    }

    private void dropping(Removal removal) {
        try {
            for (long dropped : removal.run()) {
                chronicle.event(new EventPayload.CheckpointDropped(dropped));
            }
        } catch (IOException | MachineException e) {
            chronicle.event(
                    new EventPayload.Notice("An old checkpoint's files could not be removed: " + e.getMessage()));
        }
    }

    private void tell(CheckpointRow row, long ms) {
        chronicle.event(
                new EventPayload.Checkpoint(row.seq(), row.kind(), row.name(), row.diskBytes(), row.memoryBytes(), ms));
    }

    /** The machine could not be saved and goes on. */
    void notSaved(Problem problem) {
        saving = false;
        Asked waiting = asked;
        asked = null;
        boolean byItself = waiting == null && chronicle.state() instanceof SessionState.Saving;
        if (byItself) {
            unable = true; // once is enough to say it
            chronicle.event(new EventPayload.Notice(
                    "There are no checkpoints of this session until it is started again: " + problem.detail()));
        } else {
            chronicle.event(new EventPayload.Failure(problem));
        }
        boolean held =
                chronicle.state() instanceof SessionState.Saving || chronicle.state() instanceof SessionState.Pausing;
        if (held) {
            chronicle.become(new SessionState.Ready());
        }
        if (waiting != null) {
            waiting.reply().completeExceptionally(exception(problem));
        }
        fail(problem);
        acts.next();
    }

    /** Who waited for something that does not come is told so. */
    void fail(Problem problem) {
        forSleep.fail(problem);
        forWake.fail(problem);
        Optional.ofNullable(asked).ifPresent(waiting -> waiting.reply().completeExceptionally(exception(problem)));
        asked = null;
    }

    private static ProblemException exception(Problem problem) {
        return new ProblemException(problem.code(), problem.detail(), problem.next());
    }

    /** A new run begins: it may be able to be saved. */
    void begins() {
        unable = false;
        saving = false;
    }
}

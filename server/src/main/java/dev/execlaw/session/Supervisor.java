package dev.execlaw.session;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.event.EventPayload;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.session.SessionState.Goal;
import dev.execlaw.store.CheckpointRow;
import dev.execlaw.store.MessageRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One session's owner: a mailbox, drained by one virtual thread that alone touches the session's state. Slow work runs
 * elsewhere and answers by mail, so a session can always be asked, stopped or deleted.
 */
final class Supervisor implements Mailbox.Reader {

    private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

    private final SessionParts parts;
    private final String id;
    private final Chronicle chronicle;
    private final Starts starts;
    private final Slumber slumber;
    private final Idleness idleness;
    private final Consumer<String> gone;
    private final Mailbox mailbox = new Mailbox(this);
    private final List<Mail.Ask<?>> later = new ArrayList<>();
    private final Waiting forEnd = new Waiting();
    private final GivingWay givingWay = new GivingWay();
    private final Running running;
    private int run;
    private boolean ending;
    private boolean sweepsEverything;
    private @Nullable Work work;

    /**
     * A supervisor that is not started.
     *
     * @param gone told when the session was deleted
     */
    Supervisor(
            SessionParts parts,
            Chronicle chronicle,
            AgentAdapter agent,
            Credentials credentials,
            Consumer<String> gone) {
        this.parts = parts;
        this.id = chronicle.id();
        this.chronicle = chronicle;
        this.starts = new Starts(parts, chronicle, agent, credentials);
        this.slumber = new Slumber(parts, chronicle, new Doing());
        this.gone = gone;
        this.running = new Running(parts, chronicle, agent, credentials, this::send);
        this.idleness = new Idleness(parts, chronicle, running, slumber);
    }

    /** Begins to read its mail, with a first task before. */
    void begin(Consumer<Supervisor> first) {
        mailbox.open("session-" + id, () -> first.accept(this));
    }

    @Override
    public SessionView view() {
        return chronicle.view();
    }

    /** Whether its machine waits for a message and could be put to sleep meanwhile. Any thread; true once in a while. */
    boolean mayGiveWay() {
        return givingWay.ask(view());
    }

    /** What its machines' consoles are read from. Any thread. */
    ConsoleView consoles() {
        return running.console();
    }

    /** Whether its machine is on disk, or on the way there or back. Any thread. */
    boolean asleep() {
        return chronicle.asleep();
    }

    /** Any thread. */
    void send(Mail mail) {
        mailbox.send(mail);
    }

    @Override
    public long nextDeadline() {
        return Math.min(running.conversation().map(Conversation::deadline).orElse(Turn.NEVER), idleness.deadline());
    }

    @Override
    public void due() {
        running.conversation().flatMap(talk -> talk.due(System.nanoTime())).ifPresent(problem -> end(setback(problem)));
        idleness.due();
    }

    @Override
    public void receive(Mail mail) {
        switch (mail) {
            case Mail.Ask<?> ask -> answer(ask);
            case Mail.Drop(Set<Long> seqs) -> slumber.drop(seqs);
            case Mail.Fact fact when fact.run() == run -> learn(fact);
            case Mail.Fact _ -> {} // of a run that is over
        }
    }

    private void answer(Mail.Ask<?> ask) {
        try {
            switch (Transitions.answer(chronicle.state(), ask.command())) {
                case DO, QUEUE -> carryOut(ask);
                case NOTHING -> replyWithView(ask);
                case LATER -> later.add(ask);
                case REFUSE -> throw Refusal.of(chronicle.state(), ask.command());
            }
        } catch (RuntimeException e) {
            if (!(e instanceof ProblemException)) {
                LOG.error("{}: {} failed", chronicle, ask.command(), e);
            }
            ask.reply().completeExceptionally(e);
        }
    }

    /** A state has passed in which some had to wait. */
    private void answerLater() {
        List<Mail.Ask<?>> all = List.copyOf(later);
        later.clear();
        all.forEach(this::answer);
    }

    private void replyWithView(Mail.Ask<?> ask) {
        if (ask instanceof Mail.Shutdown(boolean _, var reply) && chronicle.state() instanceof SessionState.Stopping) {
            forEnd.add(reply);
        } else if (ask instanceof Mail.Viewed viewed) {
            viewed.reply().complete(view());
        } else {
            throw new IllegalStateException(ask + " is never answered with a view");
        }
    }

    private void carryOut(Mail.Ask<?> ask) {
        switch (ask) {
            case Mail.Post(String text, var reply) -> reply.complete(post(text));
            case Mail.RemoveQueued(String message, var reply) -> {
                removeQueued(message);
                reply.complete(view());
            }
            case Mail.Start(var reply) -> {
                if (chronicle.state() instanceof SessionState.Paused) {
                    slumber.wake("it was started", null);
                } else {
                    start();
                }
                reply.complete(view());
            }
            case Mail.Pause(boolean force, String why, var reply) -> pause(force, why, reply);
            case Mail.Resume(String why, var reply) -> slumber.wake(why, reply);
            case Mail.Checkpoint(String name, var reply) -> slumber.checkpoint(name, reply);
            case Mail.Rewind(long seq, var reply) -> slumber.rewind(seq, reply);
            case Mail.Branch branch -> slumber.branch(branch);
            case Mail.Stop(var reply) -> {
                end(new Goal.Stop(null));
                reply.complete(view());
            }
            case Mail.Interrupt(var reply) -> {
                talk().interrupt();
                reply.complete(view());
            }
            case Mail.Answer(String request, String option, var reply) -> {
                talk().speaker().answer(request, option);
                reply.complete(view());
            }
            case Mail.Examine(boolean atConsole, var reply) -> talk().examine(atConsole, reply);
            case Mail.Enter(var reply) -> {
                chronicle.active();
                reply.complete(talk().inside().shell());
            }
            case Mail.Adjust(var change, var reply) -> {
                change.accept(chronicle);
                reply.complete(view());
            }
            case Mail.Restrict(NetworkPolicy policy, var reply) -> {
                running.restrict(policy);
                reply.complete(view());
            }
            case Mail.Delete(var reply) -> {
                forEnd.add(reply);
                end(new Goal.Delete());
            }
            case Mail.Shutdown(boolean keep, var reply) -> shutDown(keep, reply);
        }
    }

    private Conversation talk() {
        return running.conversation()
                .orElseThrow(() -> new IllegalStateException(chronicle + " has no agent to talk to"));
    }

    private Sessions.Posted post(String text) {
        MessageRow message = chronicle.said(text);
        chronicle.active();
        boolean runs = running.conversation()
                .flatMap(Conversation::next)
                .filter(message.id()::equals)
                .isPresent();
        chronicle.tell();
        slumber.wake("a message came", null); // where it sleeps, or is about to
        return new Sessions.Posted(message.id(), runs ? "running" : "queued");
    }

    private void removeQueued(String message) {
        if (!chronicle.takenBack(message)) {
            throw new ProblemException(
                    ErrorCode.NOT_FOUND,
                    "no message " + message + " is waiting in this session",
                    "a message whose turn has begun is ended with interrupt");
        }
        chronicle.tell();
    }

    /** Starts the session's machine, or the lost agent in a running one. */
    void start() {
        if (chronicle.state() instanceof SessionState.AgentLost) {
            talk().restartAgent();
            return;
        }
        if (running.machine().isPresent() || work != null) {
            throw new ProblemException(
                    ErrorCode.STATE_CONFLICT,
                    "the session's last machine could not be removed, so no other can be started",
                    "delete the session; the server's log says what is in the way");
        }
        if (!(chronicle.state() instanceof SessionState.Creating)) {
            chronicle.become(new SessionState.Creating());
        }
        launch(starts.origin());
    }

    /** It sleeps at this position; the last server did not come to say so, or to wake it for what waits. */
    void sleepsOn(long from, boolean halfDone) {
        if (halfDone) {
            end(new Goal.Sleep(from, Problems.stopped("the server ended while the machine was being saved or woken")));
        }
        slumber.foundAsleep();
    }

    /** Starts what a fork begins with. */
    void startFork() {
        slumber.wakeFork();
    }

    /** Starts a run of the machine. */
    void launch(Origin origin) {
        run++;
        chronicle.beginRun();
        slumber.begins();
        Traffic traffic = new Traffic(run, parts.outputs(id), this::send);
        work = Work.start(starts.launch(origin, run, traffic, this::send), "launch-" + id, this::send);
    }

    /** Takes over what the last server left running. */
    void adopt(Place place, ProcessIdentity vmm) {
        run++;
        for (MessageRow message : chronicle.queue().interrupted()) {
            chronicle.turnFinished(
                    message.id(),
                    new EventPayload.TurnFinished(
                            "server_restarted", "The server was started again while this turn ran."));
        }
        Traffic traffic = new Traffic(run, parts.outputs(id), this::send);
        work = Work.start(starts.adoption(place, vmm, run, traffic, this::send), "adopt-" + id, this::send);
    }

    private void learn(Mail.Fact fact) {
        boolean stopping = chronicle.state() instanceof SessionState.Stopping;
        switch (fact) {
            case Mail.Ended(int _, Optional<Problem> failure) -> ended(failure);
            case Mail.Step(int _, String step, long ms, String detail) -> chronicle.step(step, ms, detail);
            case Mail.Launched launched
            when !stopping -> {
                work = null;
                running.launched(launched, starts.clothes(launched.place()), slumber::ready);
                renew(launched.policy());
            }
            case Mail.Saved saved
            when !stopping -> {
                work = null;
                chronicle.writesTo(saved.disk());
                running.saved();
                slumber.saved(saved);
                answerLater();
            }
            case Mail.Slept slept
            when !stopping -> {
                work = null;
                running.endConversation("it sleeps");
                running.gone();
                slumber.slept(slept);
            }
            case Mail.NotSaved(int _, Problem problem) when !stopping -> notSaved(problem);
            case Mail.Remark(int _, String text) -> chronicle.event(new EventPayload.Notice(text));
            case Mail.Adopted adopted
            when !stopping -> {
                work = null;
                chronicle.writesTo(adopted.machine().disk());
                running.adopted(adopted, starts.clothes(null), slumber::ready);
                renew(adopted.policy());
            }
            case Mail.LaunchFailed(int _, Problem problem) when !stopping -> end(setback(problem));
            case Mail.Exited _
            when chronicle.state() instanceof SessionState.Pausing -> {} // that is how it goes to sleep
            case Mail.Exited(int _, MachineExit exit) when !stopping -> machineEnded(exit);
            // The rest of an ending run is of no interest any more.
            case Mail.Awake _,
                    Mail.Launched _,
                    Mail.Adopted _,
                    Mail.LaunchFailed _,
                    Mail.Exited _,
                    Mail.Saved _,
                    Mail.Slept _,
                    Mail.NotSaved _ -> {}
            case Mail.Talk talk -> running.conversation().ifPresent(agent -> agent.hear(talk));
        }
    }

    private void notSaved(Problem problem) {
        work = null;
        running.saved();
        // What was told of its end while it was on its way to sleep was not heeded.
        running.exit().ifPresentOrElse(this::machineEnded, () -> slumber.notSaved(problem));
        answerLater();
    }

    /** Puts the machine to sleep, its turn ended first where that is forced. */
    private void pause(boolean force, String why, CompletableFuture<SessionView> reply) {
        if (!(chronicle.state() instanceof SessionState.Busy)) {
            slumber.pause(why, reply);
        } else if (force) {
            talk().interrupt();
            slumber.pauseAfterTurn(why, reply);
        } else {
            throw Refusal.of(chronicle.state(), Transitions.Command.PAUSE);
        }
    }

    /** What to do when a machine does not come, or goes: one that should wake sleeps on. */
    private Goal setback(Problem problem) {
        return chronicle.state() instanceof SessionState.Waking(long from, String _)
                ? new Goal.Sleep(from, problem)
                : new Goal.Fail(problem);
    }

    /** What saving, sleeping and waking need of this supervisor. */
    private final class Doing implements Slumber.Acts {

        @Override
        public void save(Saving.Point point, boolean sleep) {
            Saving saving = running.save(point, sleep, run);
            work = Work.start(saving, "save-" + id, Supervisor.this::send);
        }

        @Override
        public void wake(CheckpointRow from, boolean other) {
            launch(new Origin.Return(from, other));
        }

        @Override
        public void next() {
            running.conversation().ifPresent(Conversation::next);
        }
    }

    /** A change that came while the machine was being started has not reached its network yet. */
    private void renew(NetworkPolicy applied) {
        NetworkPolicy wanted = chronicle.settings().network();
        if (wanted.equals(applied)) {
            return;
        }
        try {
            Connection.change(parts, chronicle.place().orElseThrow(), wanted);
        } catch (ProblemException e) {
            end(new Goal.Fail(e.problem())); // better no machine than one that reaches what it must not
        }
    }

    private void machineEnded(MachineExit exit) {
        boolean booting = chronicle.state() instanceof SessionState.Booting;
        Problem problem = Problems.ofExit(exit, booting);
        boolean failed = booting || exit instanceof MachineExit.Crashed || exit instanceof MachineExit.Panicked;
        end(failed || chronicle.state() instanceof SessionState.Waking ? setback(problem) : new Goal.Stop(problem));
    }

    /** Ends the run, whatever is there of it, towards a goal. */
    void end(Goal goal) {
        boolean deletes = goal instanceof Goal.Delete;
        Optional<byte[]> farewell =
                deletes ? Optional.empty() : running.conversation().flatMap(Conversation::farewell);
        running.doze().ifPresent(Doze::end);
        running.endConversation(goal.reason().map(Problem::detail).orElse("the session was stopped"));
        goal.reason().ifPresent(problem -> chronicle.event(new EventPayload.Failure(problem)));
        slumber.fail(goal.reason().orElseGet(() -> Problems.stopped("the session was stopped")));
        chronicle.become(new SessionState.Stopping(goal));
        answerLater();
        if (!ending) {
            // A disk that no machine ever ran on holds nothing of anybody's; but what is to wake again has its past.
            boolean nothing = chronicle.place().isEmpty() && !(goal instanceof Goal.Sleep);
            beginEnding(deletes || nothing, farewell);
        }
    }

    private void beginEnding(boolean everything, Optional<byte[]> farewell) {
        ending = true;
        sweepsEverything = everything;
        new Ending(parts, id, Optional.ofNullable(work), running.machine(), farewell, everything)
                .begin(run, this::send);
    }

    private void ended(Optional<Problem> failure) {
        if (!(chronicle.state() instanceof SessionState.Stopping(Goal goal))) {
            return;
        }
        ending = false;
        if (failure.isPresent()) {
            // Machine and work stay known: the next try goes through all of it again.
            chronicle.event(new EventPayload.Failure(failure.get()));
            chronicle.become(new SessionState.Failed(failure.get()));
            forEnd.fail(failure.get());
            return;
        }
        work = null;
        running.gone();
        switch (goal) {
            case Goal.Stop(Problem why) -> arrive(new SessionState.Stopped(why));
            case Goal.Fail(Problem why) -> arrive(new SessionState.Failed(why));
            case Goal.Sleep(long from, Problem why) -> arrive(new SessionState.Paused(from, why));
            case Goal.Delete _ -> {
                if (sweepsEverything) {
                    deleted();
                } else {
                    beginEnding(true, Optional.empty());
                }
            }
        }
    }

    private void arrive(SessionState state) {
        chronicle.become(state);
        forEnd.complete(view());
        slumber.arrived();
    }

    private void deleted() {
        if (!parts.host().ledger().of(id).isEmpty()) {
            throw new IllegalStateException("session " + id + " was swept and still has entries in the ledger: "
                    + parts.host().ledger().of(id));
        }
        running.close();
        parts.log().deleteSession(id);
        parts.sessions().delete(id);
        chronicle.vanish();
        mailbox.close(new Problem(ErrorCode.SESSION_GONE, "the session was deleted", "create another one"));
        gone.accept(id);
        forEnd.complete(view());
    }

    private void shutDown(boolean keep, CompletableFuture<SessionView> reply) {
        Work last = work;
        boolean adopting = chronicle.state() instanceof SessionState.Recovering;
        if (keep && (adopting || running.machine().isPresent())) {
            if (last != null) {
                last.finish(parts.timings().vmm()); // a save half done would leave the guest standing still
                last.machine().filter(_ -> running.machine().isEmpty()).ifPresent(machine -> machine.detach());
            }
            parts.gateway().close(id);
            running.letGo();
            mailbox.close(new Problem(ErrorCode.SHUTTING_DOWN, "the server is shutting down", "try again later"));
            reply.complete(view());
            return;
        }
        forEnd.add(reply);
        end(new Goal.Stop(Problems.stopped("the server was shut down")));
    }

    @Override
    public String toString() {
        return chronicle.toString();
    }
}

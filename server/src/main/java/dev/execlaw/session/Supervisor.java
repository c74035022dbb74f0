package dev.execlaw.session;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.event.EventPayload;
import dev.execlaw.gateway.GatewaySession;
import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.session.SessionState.Goal;
import dev.execlaw.store.MessageRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
    private final AgentAdapter agent;
    private final Credentials credentials;
    private final Consumer<String> gone;
    private final Mailbox mailbox = new Mailbox(this);
    private final List<CompletableFuture<SessionView>> waitingForEnd = new ArrayList<>();
    private final ConsoleView console;
    private int run;
    private boolean ending;
    private boolean sweepsEverything;
    private @Nullable Work work;
    private @Nullable Machine machine;
    private @Nullable Conversation conversation;

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
        this.agent = agent;
        this.credentials = credentials;
        this.gone = gone;
        this.console = new ConsoleView(parts.consoleLog(id));
    }

    /** Begins to read its mail, with a first task before. */
    void begin(Consumer<Supervisor> first) {
        mailbox.open("session-" + id, () -> first.accept(this));
    }

    @Override
    public SessionView view() {
        return chronicle.view();
    }

    Optional<Console> console() {
        return console.current();
    }

    /** Any thread. */
    void send(Mail mail) {
        mailbox.send(mail);
    }

    @Override
    public long nextDeadline() {
        Conversation talk = conversation;
        return Math.min(talk == null ? Turn.NEVER : talk.deadline(), idleDeadline());
    }

    private long idleDeadline() {
        Integer minutes = chronicle.settings().idleTimeoutMin();
        if (minutes == null || !(chronicle.state() instanceof SessionState.Ready)) {
            return Turn.NEVER;
        }
        Duration limit = parts.timings().minute().multipliedBy(minutes);
        Duration idle = Duration.between(chronicle.lastActivity(), parts.clock().instant());
        return System.nanoTime() + limit.minus(idle).toNanos();
    }

    @Override
    public void due() {
        Conversation talk = conversation;
        if (talk != null) {
            talk.due(System.nanoTime()).ifPresent(problem -> end(new Goal.Fail(problem)));
        }
        if (idleDeadline() <= System.nanoTime()) {
            end(new Goal.Stop(Problems.stopped(
                    "the session was idle for " + chronicle.settings().idleTimeoutMin() + " min, its limit")));
        }
    }

    @Override
    public void receive(Mail mail) {
        switch (mail) {
            case Mail.Ask<?> ask -> answer(ask);
            case Mail.Fact fact -> {
                if (fact.run() == run) {
                    learn(fact);
                }
            }
        }
    }

    private void answer(Mail.Ask<?> ask) {
        try {
            switch (Transitions.answer(chronicle.state(), ask.command())) {
                case DO, QUEUE -> carryOut(ask);
                case NOTHING -> replyWithView(ask);
                case REFUSE -> throw Refusal.of(chronicle.state(), ask.command());
            }
        } catch (RuntimeException e) {
            if (!(e instanceof ProblemException)) {
                LOG.error("{}: {} failed", chronicle, ask.command(), e);
            }
            ask.reply().completeExceptionally(e);
        }
    }

    private void replyWithView(Mail.Ask<?> ask) {
        switch (ask) {
            case Mail.Post _, Mail.Examine _, Mail.Enter _ ->
                throw new IllegalStateException(ask + " is never answered with a view");
            case Mail.RemoveQueued(String _, var reply) -> reply.complete(view());
            case Mail.Start(var reply) -> reply.complete(view());
            case Mail.Stop(var reply) -> reply.complete(view());
            case Mail.Interrupt(var reply) -> reply.complete(view());
            case Mail.Rename(String _, var reply) -> reply.complete(view());
            case Mail.Restrict(NetworkPolicy _, var reply) -> reply.complete(view());
            case Mail.Delete(var reply) -> reply.complete(view());
            case Mail.Shutdown(boolean _, var reply) -> {
                if (chronicle.state() instanceof SessionState.Stopping) {
                    waitingForEnd.add(reply);
                } else {
                    reply.complete(view());
                }
            }
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
                start();
                reply.complete(view());
            }
            case Mail.Stop(var reply) -> {
                end(new Goal.Stop(null));
                reply.complete(view());
            }
            case Mail.Interrupt(var reply) -> {
                talk().interrupt();
                reply.complete(view());
            }
            case Mail.Examine(boolean atConsole, var reply) -> talk().examine(atConsole, reply);
            case Mail.Enter(var reply) -> {
                chronicle.active();
                reply.complete(talk().shell());
            }
            case Mail.Rename(String name, var reply) -> {
                chronicle.rename(name);
                reply.complete(view());
            }
            case Mail.Restrict(NetworkPolicy policy, var reply) -> {
                restrict(policy);
                reply.complete(view());
            }
            case Mail.Delete(var reply) -> {
                waitingForEnd.add(reply);
                end(new Goal.Delete());
            }
            case Mail.Shutdown(boolean keep, var reply) -> shutDown(keep, reply);
        }
    }

    private Conversation talk() {
        Conversation talk = conversation;
        if (talk == null) {
            throw new IllegalStateException(chronicle + " has no agent to talk to");
        }
        return talk;
    }

    private Sessions.Posted post(String text) {
        MessageRow message = chronicle.queue().add(text);
        chronicle.active();
        chronicle.eventNow(new EventPayload.UserMessage(message.id(), text));
        Conversation talk = conversation;
        boolean runs = talk != null && talk.next().filter(message.id()::equals).isPresent();
        chronicle.tell();
        return new Sessions.Posted(message.id(), runs ? "running" : "queued");
    }

    private void removeQueued(String message) {
        if (!chronicle.queue().remove(message)) {
            throw new ProblemException(
                    ErrorCode.NOT_FOUND,
                    "no message " + message + " is waiting in this session",
                    "a message whose turn has begun is ended with interrupt");
        }
        chronicle.eventNow(new EventPayload.MessageRemoved(message));
        chronicle.tell();
    }

    /** Starts the session's machine, or the lost agent in a running one. */
    void start() {
        if (chronicle.state() instanceof SessionState.AgentLost) {
            talk().restartAgent();
            return;
        }
        if (machine != null || work != null) {
            throw new ProblemException(
                    ErrorCode.STATE_CONFLICT,
                    "the session's last machine could not be removed, so no other can be started",
                    "delete the session; the server's log says what is in the way");
        }
        run++;
        chronicle.beginRun();
        if (!(chronicle.state() instanceof SessionState.Creating)) {
            chronicle.become(new SessionState.Creating());
        }
        Consumer<Mail> mail = this::send;
        String token = chronicle
                .place()
                .map(Place::token)
                .filter(known -> !known.isEmpty())
                .orElseGet(Credentials::newToken);
        GatewaySession gateway = credentials.gatewaySession(chronicle.settings(), token, new Traffic(run, mail));
        Launch launch = new Launch(
                parts,
                id,
                chronicle.settings(),
                agent,
                gateway,
                credentials.guestFiles(),
                chronicle.place(),
                run,
                mail);
        work = Work.start(launch, "launch-" + id, mail);
    }

    /** Takes over what the last server left running. */
    void adopt(Place place, ProcessIdentity vmm) {
        run++;
        for (MessageRow message : chronicle.queue().interrupted()) {
            chronicle.queue().done(message.id());
            chronicle.event(new EventPayload.TurnFinished(
                    "server_restarted", "The server was started again while this turn ran."));
        }
        Consumer<Mail> mail = this::send;
        GatewaySession gateway =
                credentials.gatewaySession(chronicle.settings(), place.token(), new Traffic(run, mail));
        Adoption adoption = new Adoption(parts, id, chronicle.settings(), place, vmm, gateway, run, mail);
        work = Work.start(adoption, "adopt-" + id, mail);
    }

    private void learn(Mail.Fact fact) {
        boolean stopping = chronicle.state() instanceof SessionState.Stopping;
        switch (fact) {
            case Mail.Ended(int _, Optional<Problem> failure) -> ended(failure);
            case Mail.Step(int _, String step, long ms, String detail) -> chronicle.step(step, ms, detail);
            case Mail.Launched(int _, Machine launched, Place place, NetworkPolicy policy, long from)
            when !stopping -> {
                launched(launched, place, from);
                renew(policy);
            }
            case Mail.Adopted(int _, Machine adopted, NetworkPolicy policy)
            when !stopping -> {
                adopted(adopted);
                renew(policy);
            }
            case Mail.LaunchFailed(int _, Problem problem) when !stopping -> end(new Goal.Fail(problem));
            case Mail.Exited(int _, MachineExit exit) when !stopping -> machineEnded(exit);
            // The rest of an ending run is of no interest any more.
            case Mail.Launched _, Mail.Adopted _, Mail.LaunchFailed _, Mail.Exited _ -> {}
            case Mail.Talk talk -> Optional.ofNullable(conversation).ifPresent(agent -> agent.hear(talk));
        }
    }

    private void launched(Machine launched, Place place, long consoleFrom) {
        Conversation talk = takeUp(launched);
        chronicle.place(place, launched.vmm());
        chronicle.become(new SessionState.Booting());
        talk.awaitShell();
        Watch.fresh(launched.console(), consoleFrom, run, this::send);
    }

    private void adopted(Machine adopted) {
        takeUp(adopted);
        boolean agentStarted = chronicle.hasStep("agent");
        Watch.adopted(adopted.console(), agentStarted, run, this::send);
    }

    /** Changes what the guest may reach: first on the host, so that nobody is told what does not hold. */
    private void restrict(NetworkPolicy policy) {
        if (machine != null) {
            Connection.change(parts, chronicle.place().orElseThrow(), policy);
        }
        chronicle.network(policy);
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

    private Conversation takeUp(Machine started) {
        int number = run;
        machine = started;
        work = null;
        console.live(started.console());
        WayIn way = new WayIn(parts, id, credentials.guestKey(), started, chronicle.hostKey());
        Inside inside = new Inside(way, chronicle, agent, number, this::send);
        Conversation talk = new Conversation(parts, chronicle, agent, started.console(), inside);
        conversation = talk;
        started.exited().whenComplete((exit, _) -> send(new Mail.Exited(number, exit)));
        return talk;
    }

    private void machineEnded(MachineExit exit) {
        boolean booting = chronicle.state() instanceof SessionState.Booting;
        Problem problem = Problems.ofExit(exit, booting);
        boolean failed = booting || exit instanceof MachineExit.Crashed || exit instanceof MachineExit.Panicked;
        end(failed ? new Goal.Fail(problem) : new Goal.Stop(problem));
    }

    /** Ends the run, whatever is there of it, towards a goal. */
    void end(Goal goal) {
        Optional<byte[]> farewell = Optional.empty();
        if (conversation != null) {
            farewell = goal instanceof Goal.Delete ? Optional.empty() : conversation.farewell();
            String why = goal.reason().map(Problem::detail).orElse("the session was stopped");
            conversation.machineEnds(why);
        }
        goal.reason().ifPresent(problem -> chronicle.event(new EventPayload.Failure(problem)));
        chronicle.become(new SessionState.Stopping(goal));
        if (!ending) {
            // A disk that no machine ever ran on holds nothing of anybody's.
            beginEnding(goal instanceof Goal.Delete || chronicle.place().isEmpty(), farewell);
        }
    }

    private void beginEnding(boolean everything, Optional<byte[]> farewell) {
        ending = true;
        sweepsEverything = everything;
        conversation = null;
        new Ending(parts, id, Optional.ofNullable(work), Optional.ofNullable(machine), farewell, everything)
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
            failWaiting(failure.get());
            return;
        }
        work = null;
        machine = null;
        console.ended();
        chronicle.machineGone();
        switch (goal) {
            case Goal.Stop(Problem why) -> arrive(new SessionState.Stopped(why));
            case Goal.Fail(Problem why) -> arrive(new SessionState.Failed(why));
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
        completeWaiting();
    }

    private void deleted() {
        if (!parts.host().ledger().of(id).isEmpty()) {
            throw new IllegalStateException("session " + id + " was swept and still has entries in the ledger: "
                    + parts.host().ledger().of(id));
        }
        console.close();
        parts.log().deleteSession(id);
        parts.sessions().delete(id);
        chronicle.vanish();
        mailbox.close(new Problem(ErrorCode.SESSION_GONE, "the session was deleted", "create another one"));
        gone.accept(id);
        completeWaiting();
    }

    private void shutDown(boolean keep, CompletableFuture<SessionView> reply) {
        Machine running = machine;
        if (keep && running != null) {
            Optional.ofNullable(conversation).ifPresent(Conversation::letGo);
            parts.gateway().close(id);
            running.detach();
            console.close();
            mailbox.close(new Problem(ErrorCode.SHUTTING_DOWN, "the server is shutting down", "try again later"));
            reply.complete(view());
            return;
        }
        waitingForEnd.add(reply);
        end(new Goal.Stop(Problems.stopped("the server was shut down")));
    }

    private void completeWaiting() {
        waitingForEnd.forEach(reply -> reply.complete(view()));
        waitingForEnd.clear();
    }

    private void failWaiting(Problem problem) {
        waitingForEnd.forEach(reply ->
                reply.completeExceptionally(new ProblemException(problem.code(), problem.detail(), problem.next())));
        waitingForEnd.clear();
    }

    @Override
    public String toString() {
        return chronicle.toString();
    }
}

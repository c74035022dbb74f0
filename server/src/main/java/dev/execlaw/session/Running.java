package dev.execlaw.session;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.image.GuestFile;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineExit;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A session's running machine and the agent in it, as long as there are such. Belongs to the supervisor's thread. */
final class Running {

    private final SessionParts parts;
    private final Chronicle chronicle;
    private final AgentAdapter agent;
    private final Credentials credentials;
    private final Consumer<Mail> mail;
    private final ConsoleView console;
    private @Nullable Machine machine;
    private @Nullable Conversation conversation;
    private @Nullable Doze doze;
    private @Nullable Depth depth;

    Running(SessionParts parts, Chronicle chronicle, AgentAdapter agent, Credentials credentials, Consumer<Mail> mail) {
        this.parts = parts;
        this.chronicle = chronicle;
        this.agent = agent;
        this.credentials = credentials;
        this.mail = mail;
        this.console = new ConsoleView(parts.consoleLog(chronicle.id()));
    }

    Optional<Machine> machine() {
        return Optional.ofNullable(machine);
    }

    Optional<Conversation> conversation() {
        return Optional.ofNullable(conversation);
    }

    /** What viewers read; any thread. */
    ConsoleView console() {
        return console;
    }

    /** A save of the machine, which is not begun; from here on its vCPUs are the saver's. */
    Saving save(Saving.Point point, boolean sleep, int run) {
        doze().ifPresent(Doze::beforeSave);
        return new Saving(parts, point, machine().orElseThrow(), Objects.requireNonNull(depth), sleep, run, mail);
    }

    /** The machine was saved, or could not be, and runs on. */
    void saved() {
        doze().ifPresent(Doze::saved);
        Optional.ofNullable(depth).ifPresent(Depth::look);
    }

    /** The light sleep of the machine, while there is one. */
    Optional<Doze> doze() {
        return Optional.ofNullable(doze);
    }

    /**
     * A machine was launched.
     *
     * @param clothes what the guest must be given if it boots
     */
    void launched(Mail.Launched launched, List<GuestFile> clothes, Idle idle) {
        int run = launched.run();
        Conversation talk = takeUp(launched.machine(), run, clothes, idle);
        Console line = launched.machine().console();
        boolean text = direct();
        chronicle.place(launched.place(), launched.machine().vmm());
        switch (launched.standing()) {
            case BOOTS -> {
                chronicle.become(new SessionState.Booting());
                talk.awaitShell();
                Watch.fresh(line, launched.consoleFrom(), text, run, mail);
            }
            case AGENT_COMES -> {
                chronicle.become(new SessionState.Booting());
                talk.awaitAgent();
                Watch.released(line, launched.consoleFrom(), text, run, mail);
            }
            case AGENT_WAITS -> {
                Watch.returned(line, launched.consoleFrom(), text, run, mail);
                talk.agentReady();
            }
        }
    }

    /** A machine was taken over from the last server. */
    void adopted(Mail.Adopted adopted, List<GuestFile> clothes, Idle idle) {
        takeUp(adopted.machine(), adopted.run(), clothes, idle);
        doze().ifPresent(Doze::adopted);
        boolean waits = !chronicle.queue().brokenOff()
                && chronicle.place().filter(Place::returned).isPresent();
        Watch.adopted(adopted.machine().console(), chronicle.hasStep("agent"), waits, direct(), adopted.run(), mail);
    }

    /** Whether the console is all that is seen of answers. */
    private boolean direct() {
        return chronicle.settings().keyMode() == KeyMode.DIRECT;
    }

    private Conversation takeUp(Machine started, int run, List<GuestFile> clothes, Idle listener) {
        machine = started;
        Doze light = new Doze(parts, chronicle.id(), started, run, mail);
        doze = light;
        Depth layers = new Depth(parts.driver(), started);
        layers.look();
        depth = layers;
        Console line = new AwakeConsole(started.console(), light);
        console.live(line);
        WayIn way = new WayIn(parts, chronicle.id(), credentials.guestKey(), started, light, chronicle.hostKey());
        Inside inside = new Inside(
                way, chronicle, agent, run, mail, clothes, parts.timings().wake());
        Conversation talk = new Conversation(parts, chronicle, agent, line, inside, listener);
        conversation = talk;
        Duration idle = Duration.between(chronicle.lastActivity(), parts.clock().instant());
        parts.host().activity().watch(chronicle.id(), started.vmm(), idle.isNegative() ? Duration.ZERO : idle);
        started.exited().whenComplete((exit, _) -> mail.accept(new Mail.Exited(run, exit)));
        return talk;
    }

    /** Changes what the guest may reach: first on the host, so that nobody is told what does not hold. */
    void restrict(NetworkPolicy policy) {
        SessionSettings settings = chronicle.settings();
        parts.models()
                .providers()
                .find(settings.provider())
                .ifPresent(provider -> DirectKey.requireReach(settings, provider, policy));
        if (machine != null) {
            Connection.change(parts, chronicle.place().orElseThrow(), policy);
        }
        chronicle.network(policy);
    }

    /** How the machine ended, where it has. */
    Optional<MachineExit> exit() {
        return machine()
                .map(started -> started.exited().toCompletableFuture())
                .filter(exit -> exit.isDone())
                .map(exit -> exit.join());
    }

    /** The agent is not heard any more; its machine may still be there. */
    void endConversation(String why) {
        conversation().ifPresent(talk -> talk.machineEnds(why));
        conversation = null;
    }

    /** The machine is gone. */
    void gone() {
        parts.host().activity().forget(chronicle.id());
        machine = null;
        conversation = null;
        doze = null;
        depth = null;
        console.ended();
        chronicle.machineGone();
    }

    /** Lets go of the machine, which runs on. */
    void letGo() {
        conversation().ifPresent(Conversation::letGo);
        doze().ifPresent(Doze::end);
        machine().ifPresent(Machine::detach);
        console.close();
    }

    /** Lets go of the console's file. */
    void close() {
        console.close();
    }
}

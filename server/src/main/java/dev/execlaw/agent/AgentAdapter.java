package dev.execlaw.agent;

import dev.execlaw.microvm.image.GuestFile;
import java.util.List;
import java.util.Optional;

/** How one kind of agent is configured, started, fed and interrupted. Immutable; any thread may use it. */
public interface AgentAdapter {

    /** As sessions name it, e.g. {@code nullclaw}. */
    String name();

    /** Files that must be in the guest before it boots. */
    List<GuestFile> files(AgentSettings settings);

    /** What is typed at the shell's prompt to make the console quiet and start the agent, with its newline. */
    byte[] start();

    /**
     * As {@link #start}, but it waits before it reads its configuration or its input until the machine is told who it is
     * ({@link dev.execlaw.microvm.wake.Wake#GATE}), and shows nothing until then. It may be typed before the gate is there.
     */
    byte[] startWaiting();

    /** What is typed at the agent's prompt to hand it a message by reference, with its newline. */
    byte[] message(String token);

    /**
     * What is typed to end a running tool. Empty where the agent has no such key and would die of it: then only its
     * model calls can be ended, and a tool runs to its end.
     */
    Optional<byte[]> interrupt();

    /**
     * The guest's command whose standard streams are the agent's, where it is spoken to by ACP and not at its console. Then
     * its prompt there only tells that it is there.
     */
    default Optional<String> dialogue() {
        return Optional.empty();
    }

    /**
     * The guest's command that hands its standard input to the agent's A2A endpoint and writes what that answers, where the
     * agent is given its messages so. Then its prompt on the console only tells that it is there.
     */
    default Optional<String> asked() {
        return Optional.empty();
    }

    /** The program that runs, as the guest's shell finds it. */
    String program();

    /** What is typed at the agent's prompt to suspend it, so that the shell behind it takes commands. */
    byte[] suspend();

    /** What is typed at the shell's prompt to have the suspended agent go on, with its newline. */
    byte[] resume();

    /** What is typed at the agent's prompt to have it shown again, and nothing else happen. */
    byte[] nudge();

    /**
     * What is typed to end the agent and have the shell behind it power the guest off, its file system written out.
     *
     * @param working whether a turn runs; else the agent is at its prompt
     */
    byte[] powerOff(boolean working);
}

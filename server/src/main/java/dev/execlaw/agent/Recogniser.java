package dev.execlaw.agent;

import dev.execlaw.microvm.console.ConsoleTokens;
import dev.execlaw.microvm.console.Mark;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the facts of a guest's start and of an agent's REPL in what the console's parser gives: text and marks of OSC
 * 133, in whatever pieces they come. Used by one thread; memory is bounded whatever the guest writes.
 */
public final class Recogniser implements ConsoleTokens {

    private static final int LINE_LIMIT = 256;
    /** Status of a job that SIGTSTP stopped, as bash tells it. */
    private static final int SUSPENDED = 128 + 20;

    private static final String INIT = " as init process";
    private static final String BANNER = "Type your message (Ctrl+D or 'exit' to quit):";
    /** What /usr/local/lib/execlaw/acp says in its place. */
    private static final String RELAY = "The agent is spoken to by its protocol, not here";

    private static final Pattern VERSION =
            Pattern.compile("nullclaw v?(\\d{1,4}(?:\\.\\d{1,4}){1,3}[-+.0-9A-Za-z]{0,20})");

    private final Consumer<ConsoleSignal> signals;
    private final StringBuilder line = new StringBuilder();
    private Tail tail = Tail.LINE_START;
    private Optional<String> version = Optional.empty();
    private boolean alive;
    private boolean command;
    private boolean agent;
    private boolean suspended;
    private boolean prompting;

    public Recogniser(Consumer<ConsoleSignal> signals) {
        this.signals = signals;
    }

    /** How far the newest bytes are on their way to being the prompt: a line of nothing but {@code "> "}, repeated. */
    private enum Tail {
        OTHER,
        LINE_START,
        MARK,
        PROMPT;

        Tail next(byte b) {
            return switch (b) {
                case '\n' -> LINE_START;
                case '\r' -> this;
                case '>' -> this == LINE_START || this == PROMPT ? MARK : OTHER;
                case ' ' -> this == MARK ? PROMPT : OTHER;
                default -> OTHER;
            };
        }
    }

    @Override
    public void text(byte[] bytes) {
        for (byte b : bytes) {
            text(b);
        }
    }

    @Override
    public void mark(Mark mark) {
        switch (mark.kind()) {
            case PROMPT -> {}
            case INPUT -> signals.accept(new ConsoleSignal.ShellPrompt());
            case OUTPUT -> commandStarted();
            case COMMAND_DONE -> commandEnded(Objects.requireNonNullElse(mark.exit(), 0));
        }
    }

    private void text(byte b) {
        if (!alive) {
            alive = true;
            signals.accept(new ConsoleSignal.Alive());
        }
        if (prompting && b != '>' && b != ' ' && b != '\r') {
            prompting = false;
            signals.accept(new ConsoleSignal.AgentOutput());
        }
        tail = tail.next(b);
        if (b == '\n') {
            endOfLine();
        } else if (line.length() < LINE_LIMIT) {
            line.append((char) (b & 0xff));
        }
    }

    private void endOfLine() {
        if (!command && line.indexOf(INIT) >= 0) {
            signals.accept(new ConsoleSignal.InitStarted());
        }
        if (command && (!agent || suspended)) {
            introduction();
        }
        line.setLength(0);
    }

    private void introduction() {
        Matcher told = VERSION.matcher(line.toString().strip());
        if (told.matches()) {
            version = Optional.of(told.group(1));
        } else if (line.indexOf(BANNER) >= 0 || line.indexOf(RELAY) >= 0) {
            agent = true;
            suspended = false;
            signals.accept(new ConsoleSignal.Banner(version));
        }
    }

    private void commandStarted() {
        command = true;
        version = Optional.empty();
        agent = suspended; // the command may bring it back
        prompting = false;
        tail = Tail.LINE_START;
        line.setLength(0);
        signals.accept(new ConsoleSignal.CommandStarted());
    }

    private void commandEnded(int status) {
        boolean stopped = agent && status == SUSPENDED;
        command = false;
        agent = false;
        prompting = false;
        suspended |= stopped;
        signals.accept(stopped ? new ConsoleSignal.AgentSuspended() : new ConsoleSignal.CommandEnded(status));
    }

    /** No more bytes for now: if the newest are the prompt, the agent waits. */
    public void pause() {
        if (agent && !prompting && tail == Tail.PROMPT) {
            prompting = true;
            suspended = false;
            signals.accept(new ConsoleSignal.AgentPrompt());
        }
    }

    /** Takes up a stream in its middle: a command of the shell's runs, which is to show an agent's banner. */
    public void await() {
        alive = true;
        command = true;
    }

    /**
     * Takes up a stream in its middle: an agent is known to run, and the next prompt is its own.
     *
     * @param running whether the agent had shown its banner before
     */
    public void resume(boolean running) {
        alive = true;
        command = running;
        agent = running;
    }
}

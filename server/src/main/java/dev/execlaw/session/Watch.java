package dev.execlaw.session;

import dev.execlaw.agent.ConsoleSignal;
import dev.execlaw.agent.Recogniser;
import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.console.ConsoleParser;
import dev.execlaw.microvm.console.ConsoleTokens;
import dev.execlaw.microvm.console.Mark;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one machine's console on a thread of its own and turns it into mail. What was there before it began is read
 * first and told as one summary; from then on every signal is told as it comes.
 */
final class Watch {

    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
    private static final Duration WAIT = Duration.ofMinutes(1);
    private static final int BUFFER = 16 * 1024;

    /** How much of an adopted machine's console is read again: enough for the prompt and the marks before it. */
    private static final long REPLAY = 256 * 1024;

    private final int run;
    private final Consumer<Mail> mail;
    private Seen seen = new Seen(false, false, false, false);
    private final @Nullable ByteArrayOutputStream text;
    private boolean live;
    private boolean waits;

    private Watch(int run, Consumer<Mail> mail, boolean text) {
        this.text = text ? new ByteArrayOutputStream() : null;
        this.run = run;
        this.mail = mail;
    }

    /**
     * What the console's past tells.
     *
     * @param shellPrompt the shell waits
     * @param command the shell runs a command
     * @param agentPrompt the agent waits
     * @param suspended the agent was suspended and has not shown itself since
     */
    record Seen(boolean shellPrompt, boolean command, boolean agentPrompt, boolean suspended) {

        Seen after(ConsoleSignal signal) {
            return switch (signal) {
                case ConsoleSignal.Alive _, ConsoleSignal.InitStarted _, ConsoleSignal.Banner _ -> this;
                case ConsoleSignal.ShellPrompt _ -> new Seen(true, false, false, suspended);
                case ConsoleSignal.CommandStarted _ -> new Seen(false, true, false, suspended);
                case ConsoleSignal.CommandEnded _ -> new Seen(false, false, false, suspended);
                case ConsoleSignal.AgentSuspended _ -> new Seen(false, false, false, true);
                case ConsoleSignal.AgentPrompt _ -> new Seen(false, true, true, false);
                case ConsoleSignal.AgentOutput _ -> new Seen(false, true, false, false);
            };
        }
    }

    /** What the guest is known to run where the watch begins. */
    private enum Begin {
        NOTHING,
        /** A command of the shell's, which will become the agent. */
        COMMAND,
        AGENT
    }

    /** Watches a fresh machine: all it writes from {@code offset} on is told. */
    static Thread fresh(Console console, long offset, boolean text, int run, Consumer<Mail> mail) {
        return new Watch(run, mail, text).start(console, offset, offset, Begin.NOTHING);
    }

    /** Watches a machine whose agent was released and has not shown itself yet. */
    static Thread released(Console console, long offset, boolean text, int run, Consumer<Mail> mail) {
        return new Watch(run, mail, text).start(console, offset, offset, Begin.COMMAND);
    }

    /** Watches a machine whose agent waits at a prompt that it showed before it was saved. */
    static Thread returned(Console console, long offset, boolean text, int run, Consumer<Mail> mail) {
        return new Watch(run, mail, text).start(console, offset, offset, Begin.AGENT);
    }

    /**
     * Watches an adopted machine.
     *
     * @param agentStarted whether its agent had been started before
     * @param text whether what the console shows is told too
     * @param waits whether the agent went on at its prompt, from memory, and was given nothing since. Then what it last
     *     wrote may be older than that memory, such as half a turn that was left
     */
    static Thread adopted(
            Console console, boolean agentStarted, boolean waits, boolean text, int run, Consumer<Mail> mail) {
        long end = console.end();
        long from = agentStarted ? Math.max(console.begin(), end - REPLAY) : console.begin();
        Watch watch = new Watch(run, mail, text);
        watch.waits = waits;
        return watch.start(console, from, end, agentStarted ? Begin.AGENT : Begin.NOTHING);
    }

    private Thread start(Console console, long from, long past, Begin begin) {
        return Thread.ofVirtual().name("console-watch").start(() -> read(console, from, past, begin));
    }

    private void read(Console console, long from, long past, Begin begin) {
        Recogniser recogniser = new Recogniser(this::signal);
        switch (begin) {
            case NOTHING -> {}
            case COMMAND -> {
                recogniser.await();
                seen = new Seen(false, true, false, false);
            }
            case AGENT -> {
                recogniser.resume(true);
                seen = new Seen(false, true, false, false);
            }
        }
        ConsoleParser parser = new ConsoleParser(text == null ? recogniser : hearing(recogniser, text));
        byte[] buffer = new byte[BUFFER];
        try (Console.Reader reader = console.reader(from)) {
            int count = 0;
            while (count >= 0) {
                if (!live && reader.offset() >= past) {
                    live = true;
                    boolean waiting = waits && seen.command() && !seen.suspended();
                    mail.accept(new Mail.CaughtUp(run, waiting ? new Seen(false, true, true, false) : seen));
                }
                count = reader.read(buffer, WAIT);
                if (count > 0) {
                    parser.accept(buffer, 0, count);
                }
                printed();
                // A full buffer means that more is there already, so what was read is no end of anything.
                if (count > 0 && count < BUFFER) {
                    recogniser.pause();
                }
            }
        } catch (IOException e) {
            LOG.warn("the console of run {} cannot be read any more: {}", run, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ConsoleTokens hearing(Recogniser recogniser, ByteArrayOutputStream text) {
        return new ConsoleTokens() {
            @Override
            public void text(byte[] bytes) {
                text.writeBytes(bytes);
                recogniser.text(bytes);
            }

            @Override
            public void mark(Mark mark) {
                recogniser.mark(mark);
            }
        };
    }

    /** Text goes before the signals that follow from it. */
    private void printed() {
        if (text != null && text.size() > 0) {
            if (live) {
                mail.accept(new Mail.Printed(run, text.toString(StandardCharsets.UTF_8)));
            }
            text.reset();
        }
    }

    private void signal(ConsoleSignal signal) {
        printed();
        if (live) {
            mail.accept(new Mail.Console(run, signal));
        } else {
            seen = seen.after(signal);
        }
    }
}

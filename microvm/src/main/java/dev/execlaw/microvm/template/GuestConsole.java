package dev.execlaw.microvm.template;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.console.ConsoleParser;
import dev.execlaw.microvm.console.ConsoleTokens;
import dev.execlaw.microvm.console.Mark;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Waits for what a guest's console must show on its way to a template. Used by one thread. */
final class GuestConsole implements AutoCloseable {

    private static final int TAIL = 2000;

    private final Console console;
    private final Console.Reader reader;
    private final byte[] buffer = new byte[16 * 1024];
    private boolean prompt;
    private boolean command;
    private @Nullable Integer ended;

    private final ConsoleParser parser = new ConsoleParser(new ConsoleTokens() {
        @Override
        public void mark(Mark mark) {
            switch (mark.kind()) {
                case PROMPT -> {}
                case INPUT -> prompt = true;
                case OUTPUT -> {
                    prompt = false;
                    command = true;
                    ended = null;
                }
                case COMMAND_DONE -> {
                    command = false;
                    ended = mark.exit() == null ? -1 : mark.exit();
                }
            }
        }
    });

    GuestConsole(Console console, long from) throws IOException {
        this.console = console;
        this.reader = console.reader(from);
    }

    /** Waits for the shell's prompt. */
    void awaitPrompt(Duration deadline) throws IOException, InterruptedException {
        await(() -> prompt, deadline, "the shell's prompt");
    }

    /** Types the agent's start at the prompt and waits until the shell begins with it. */
    void start(String agent, Duration deadline) throws IOException, InterruptedException {
        prompt = false;
        ended = null;
        console.write(agent.getBytes(StandardCharsets.UTF_8));
        // Begin and end may come in one read.
        await(() -> command || ended != null || prompt, deadline, "the begin of the agent's command");
        requireRunning();
    }

    /** Fails unless the agent's command, whose begin was seen, still runs: in a guest that is quiet, it waits. */
    void requireWaiting() throws IOException, InterruptedException {
        int count = reader.read(buffer, Duration.ZERO);
        while (count > 0) {
            parser.accept(buffer, 0, count);
            count = reader.read(buffer, Duration.ZERO);
        }
        requireRunning();
    }

    private void requireRunning() throws TemplateException {
        if (!command) {
            throw new TemplateException(
                    "the agent ended with status " + ended + " instead of waiting; the console ended with: " + tail());
        }
    }

    private void await(BooleanSupplier fact, Duration deadline, String what) throws IOException, InterruptedException {
        long until = System.nanoTime() + deadline.toNanos();
        while (!fact.getAsBoolean()) {
            long left = until - System.nanoTime();
            if (left <= 0) {
                throw new TemplateException("the guest did not show " + what + " within " + deadline.toSeconds()
                        + " s; the console ended with: " + tail());
            }
            int count = reader.read(buffer, Duration.ofNanos(left));
            if (count < 0) {
                throw new TemplateException(
                        "the machine ended before " + what + " was seen; the console ended with: " + tail());
            }
            parser.accept(buffer, 0, count);
        }
    }

    private String tail() {
        return console.tail(TAIL).strip();
    }

    @Override
    public void close() {
        reader.close();
    }
}

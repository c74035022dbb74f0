package dev.execlaw.session;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.console.ConsoleParser;
import dev.execlaw.microvm.console.ConsoleTokens;
import dev.execlaw.microvm.console.Mark;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Collects what the first command after an offset of the console has printed, from its mark C to its mark D. */
final class CommandOutput implements ConsoleTokens {

    /** More than this is no report any more. */
    private static final int LIMIT = 256 * 1024;

    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private boolean begun;
    private boolean done;

    private CommandOutput() {}

    /**
     * Reads what is there already, without waiting.
     *
     * @return the text without escape sequences, as far as it is there and no longer than a limit
     */
    static String read(Console console, long from) throws IOException {
        CommandOutput command = new CommandOutput();
        ConsoleParser parser = new ConsoleParser(command);
        byte[] buffer = new byte[16 * 1024];
        long end = Math.min(console.end(), from + LIMIT);
        try (Console.Reader reader = console.reader(from)) {
            int count = 1;
            while (count > 0 && reader.offset() < end && !command.done) {
                count = reader.read(buffer, Duration.ZERO);
                parser.accept(buffer, 0, Math.max(0, count));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("reading the console was interrupted", e);
        }
        return command.output.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void text(byte[] bytes) {
        if (begun && !done) {
            output.writeBytes(bytes);
        }
    }

    @Override
    public void mark(Mark mark) {
        switch (mark.kind()) {
            case PROMPT, INPUT -> {}
            case OUTPUT -> begun = true;
            case COMMAND_DONE -> done |= begun;
        }
    }
}

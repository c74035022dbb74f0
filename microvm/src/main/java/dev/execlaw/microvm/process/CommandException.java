package dev.execlaw.microvm.process;

import java.io.IOException;
import java.util.List;

/**
 * A command could not be started, failed, wrote too much or did not end in time. The message carries the command line
 * with secrets struck out, the status and the end of its standard error.
 */
public final class CommandException extends IOException {

    private static final long serialVersionUID = 1L;
    private static final int STDERR_SHOWN = 2000;

    private final int status;
    private final boolean timedOut;

    private CommandException(String message, int status, boolean timedOut) {
        super(message);
        this.status = status;
        this.timedOut = timedOut;
    }

    static CommandException notStarted(List<String> argv, IOException cause) {
        CommandException e = new CommandException(
                "cannot start " + argv.getFirst() + ": " + cause.getMessage() + "; command: " + String.join(" ", argv),
                -1,
                false);
        e.initCause(cause);
        return e;
    }

    static CommandException failed(List<String> argv, CommandResult result) {
        return new CommandException(
                argv.getFirst() + " ended with status " + result.status() + tail(result.stderr()) + "; command: "
                        + String.join(" ", argv),
                result.status(),
                false);
    }

    static CommandException late(List<String> argv, String timeout, String stderr) {
        return new CommandException(
                argv.getFirst() + " did not end within " + timeout + " and was killed" + tail(stderr) + "; command: "
                        + String.join(" ", argv),
                -1,
                true);
    }

    static CommandException broken(List<String> argv, String what, int status, String stderr) {
        return new CommandException(
                argv.getFirst() + " " + what + tail(stderr) + "; command: " + String.join(" ", argv), status, false);
    }

    /** Exit status, -1 when there is none. */
    public int status() {
        return status;
    }

    /** Whether the command was killed because its time was over. */
    public boolean timedOut() {
        return timedOut;
    }

    private static String tail(String stderr) {
        String text = stderr.strip();
        if (text.isEmpty()) {
            return ", standard error is empty";
        }
        return ", standard error: "
                + (text.length() <= STDERR_SHOWN ? text : "..." + text.substring(text.length() - STDERR_SHOWN));
    }
}

package dev.execlaw.session;

import dev.execlaw.event.EventPayload;
import dev.execlaw.exec.ExecCommand;
import dev.execlaw.exec.ExecOutput;
import dev.execlaw.exec.ExecResult;
import dev.execlaw.exec.GuestShell;
import dev.execlaw.microvm.console.Console;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.store.MessageRow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One turn of an agent that calls its provider itself: no reference of ours would be resolved on that way, so it is given
 * the text, and what is seen of the answer is its console and, where its version writes such a file, its own notes of tools
 * and how they ended. Belongs to the supervisor's thread.
 */
final class DirectTalk {

    /** What a line of the console takes as it is; every agent here takes other words than these for a message. */
    private static final Pattern PLAIN = Pattern.compile("(?![/:])[^\\p{Cntrl}]{1,900}");

    private static final Pattern QUIT = Pattern.compile("\\s*(exit|quit)\\s*", Pattern.CASE_INSENSITIVE);
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final MessageRow message;
    private final Consumer<String> lines;
    private final ConsoleAnswer answer;
    private final ToolNotes notes;
    private final Object lock = new Object();
    private @Nullable Notebook notebook;
    private boolean over;

    /** @param lines takes what the agent notes meanwhile, on another thread; {@link #noted} wants it back on this one */
    DirectTalk(MessageRow message, Chronicle chronicle, Consumer<String> lines) {
        this.message = message;
        this.lines = lines;
        this.notes = new ToolNotes(message.id(), chronicle::event);
        this.answer = new ConsoleAnswer(message.id(), event -> {
            if (event instanceof EventPayload.ToolCall call) {
                notes.shows(call.name(), call.arguments());
            } else {
                chronicle.event(event);
            }
        });
    }

    void printed(String text) {
        answer.print(text);
    }

    void noted(String line) {
        notes.note(line);
        answer.breaks();
    }

    void end() {
        answer.end();
        Notebook last;
        synchronized (lock) {
            over = true;
            last = notebook;
        }
        if (last != null) {
            last.close();
        }
    }

    /**
     * Gives the agent the message: as a line, or where none can hold it by a file that the line names. Its notes are opened
     * before.
     *
     * @param failed told what went wrong, on another thread
     */
    void give(Optional<GuestShell> shell, Console console, Consumer<Problem> failed) {
        String text = message.text();
        boolean plain = PLAIN.matcher(text).matches() && !QUIT.matcher(text).matches();
        Thread.ofVirtual().name("direct-talk").start(() -> {
            try {
                if (shell.isPresent()) {
                    open(shell.get());
                }
                console.write(bytes((plain ? text : asked(message, shell)) + "\n"));
            } catch (IOException e) {
                failed.accept(problem("the guest takes no input: " + e.getMessage()));
            } catch (ProblemException e) {
                failed.accept(e.problem());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failed.accept(problem("the message could not be handed over: interrupted"));
            }
        });
    }

    /** From here on what the agent notes is read. */
    private void open(GuestShell shell) throws InterruptedException {
        Notebook opened = Notebook.open(shell, lines);
        boolean late;
        synchronized (lock) {
            notebook = opened;
            late = over;
        }
        if (late) {
            opened.close();
        }
    }

    private static String asked(MessageRow message, Optional<GuestShell> shell) throws InterruptedException {
        String file = "/root/.execlaw/message-" + message.id() + ".txt";
        GuestShell way = shell.orElseThrow(() -> new ProblemException(
                ErrorCode.EXEC_UNAVAILABLE,
                "the message has several lines, or more than a console takes, and no command gets into the machine",
                "send it as lines of at most 900 characters, one by one"));
        ExecCommand write = new ExecCommand(
                "mkdir -p /root/.execlaw && cat >" + file,
                ByteBuffer.wrap(bytes(message.text())),
                LIMIT,
                null,
                Map.of(),
                0);
        ExecResult result = way.run(write, ExecOutput.NONE);
        Integer status = result.status();
        if (status == null || status != 0) {
            throw new ProblemException(
                    ErrorCode.EXEC_FAILED,
                    "the message could not be written to " + file,
                    "see that its disk is not full");
        }
        return "My message is in the file " + file + ". Read it, and answer it as if I had typed it here.";
    }

    private static Problem problem(String detail) {
        return new Problem(ErrorCode.EXEC_FAILED, detail, "send it again");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

package dev.execlaw.session;

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

/**
 * One turn of an agent that calls its provider itself: no reference of ours would be resolved on that way, so it is given
 * the text, and its console is all that is seen of the answer. Belongs to the supervisor's thread.
 */
final class DirectTalk {

    /** What a line of the console takes as it is; every agent here takes other words than these for a message. */
    private static final Pattern PLAIN = Pattern.compile("(?![/:])[^\\p{Cntrl}]{1,900}");

    private static final Pattern QUIT = Pattern.compile("\\s*(exit|quit)\\s*", Pattern.CASE_INSENSITIVE);
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final ConsoleAnswer answer;

    DirectTalk(MessageRow message, Chronicle chronicle) {
        this.answer = new ConsoleAnswer(message.id(), chronicle::event);
    }

    void printed(String text) {
        answer.print(text);
    }

    void end() {
        answer.end();
    }

    /**
     * Gives the agent the message: as a line, or where none can hold it by a file that the line names.
     *
     * @param failed told what went wrong, on another thread
     */
    static void give(MessageRow message, Optional<GuestShell> shell, Console console, Consumer<Problem> failed) {
        String text = message.text();
        boolean plain = PLAIN.matcher(text).matches() && !QUIT.matcher(text).matches();
        Thread.ofVirtual().name("direct-talk").start(() -> {
            try {
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

package dev.execlaw.exec;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A command for a guest. The constructor throws {@link ProblemException} with {@code INVALID_REQUEST} for what no guest
 * could take.
 *
 * @param command text for {@code sh -c}
 * @param stdin all that it gets to read
 * @param timeout after which it is killed with all that it started, 1 s to 1 h
 * @param cwd directory it begins in; null for the login's own
 * @param env more variables of its environment
 * @param limit how many bytes of each of its two outputs are handed on
 */
public record ExecCommand(
        String command,
        ByteBuffer stdin,
        Duration timeout,
        @Nullable String cwd,
        Map<String, String> env,
        long limit) {

    /** Time that a command has when nothing else is said. */
    public static final Duration TIMEOUT = Duration.ofSeconds(60);

    private static final long LONGEST_SECONDS = 3600;

    /** What Linux takes as one argument is 128 KiB (execve(2)); quoting can make four bytes of one. */
    private static final int TEXT = 24 * 1024;

    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");

    public ExecCommand {
        stdin = stdin.asReadOnlyBuffer();
        env = Map.copyOf(env);
        if (command.isBlank()) {
            throw invalid("the command is empty", "send the text that a shell is to run");
        }
        long seconds = timeout.toSeconds();
        if (seconds < 1 || seconds > LONGEST_SECONDS) {
            throw invalid(
                    "timeoutS is " + seconds + ", allowed are 1 to " + LONGEST_SECONDS,
                    "send a number in that range, or leave it out for " + TIMEOUT.toSeconds());
        }
        plain("command", command);
        plain("cwd", cwd == null ? "" : cwd);
        for (Map.Entry<String, String> variable : env.entrySet()) {
            if (!VARIABLE.matcher(variable.getKey()).matches()) {
                throw invalid(
                        "env names a variable \"" + variable.getKey() + "\"",
                        "name it with letters, digits and _, not beginning with a digit");
            }
            plain("env." + variable.getKey(), variable.getValue());
        }
        int size = size(command) + size(cwd == null ? "" : cwd);
        for (Map.Entry<String, String> variable : env.entrySet()) {
            size += size(variable.getKey()) + size(variable.getValue());
        }
        if (size > TEXT) {
            throw invalid(
                    "command, cwd and env have " + size + " bytes together, allowed are " + TEXT,
                    "send the text as stdin to the command sh");
        }
        if (limit < 0) {
            throw new IllegalArgumentException("the limit is " + limit + ", it must not be negative");
        }
    }

    /** A command without input, in its login's directory. */
    public static ExecCommand of(String command, Duration timeout, long limit) {
        return new ExecCommand(command, ByteBuffer.allocate(0), timeout, null, Map.of(), limit);
    }

    @Override
    public ByteBuffer stdin() {
        return stdin.duplicate();
    }

    private static int size(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static void plain(String field, String text) {
        if (text.indexOf('\0') >= 0) {
            throw invalid(field + " holds a character NUL", "send it without");
        }
    }

    private static ProblemException invalid(String detail, String next) {
        return new ProblemException(ErrorCode.INVALID_REQUEST, detail, next);
    }

    @Override
    public String toString() {
        return "ExecCommand[" + command.length() + " characters, " + timeout + "]";
    }
}

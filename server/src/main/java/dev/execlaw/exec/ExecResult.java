package dev.execlaw.exec;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a command ended.
 *
 * @param status its exit status; null when a signal ended it
 * @param signal name of that signal without SIG, e.g. {@code KILL}
 * @param truncated some of its output was more than the limit and is gone
 * @param timedOut it was killed because its time was over
 */
public record ExecResult(
        @Nullable Integer status, @Nullable String signal, Duration duration, boolean truncated, boolean timedOut) {}

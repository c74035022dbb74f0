package dev.execlaw.session;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.console.SerialConsole;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The console that viewers of a session get: the running machine's, else what the last one left. Any thread may ask. */
final class ConsoleView {

    private final Path log;
    private @Nullable Console live;
    private @Nullable SerialConsole ended;

    /** A view over the file where drivers keep the console. */
    ConsoleView(Path log) {
        this.log = log;
    }

    /** A machine has begun to write. */
    synchronized void live(Console console) {
        close();
        live = console;
        notifyAll();
    }

    /** The machine is gone; its file is opened again when somebody asks. */
    synchronized void ended() {
        live = null;
        notifyAll();
    }

    synchronized Optional<Console> current() {
        if (live != null) {
            return Optional.of(live);
        }
        if (ended == null && Files.exists(log)) {
            try {
                ended = SerialConsole.ofEnded(log);
            } catch (IOException e) {
                throw new UncheckedIOException("the console's log " + log + " cannot be opened: " + e.getMessage(), e);
            }
        }
        return Optional.ofNullable(ended);
    }

    /** Whether a viewer of this console has the one that there is now. */
    synchronized boolean isCurrent(Console console) {
        return console.equals(live == null ? ended : live);
    }

    /** Waits until there is another console than this, or the time is over. */
    synchronized void awaitOther(Console known, Duration time) throws InterruptedException {
        long until = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0 && isCurrent(known); left = until - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    /** Lets go of the file. */
    synchronized void close() {
        if (ended != null) {
            ended.close();
            ended = null;
        }
    }
}

package dev.execlaw.session;

import dev.execlaw.exec.Dialogue;
import dev.execlaw.exec.GuestShell;
import dev.execlaw.problem.ProblemException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads on a thread of its own what an agent writes into the file of its notes while a turn runs, from where that ended as
 * it began. Where it is not to be had there are no notes: the turn does not depend on them. Any thread may use it.
 */
final class Notebook {

    private static final Logger LOG = LoggerFactory.getLogger(Notebook.class);

    /** Where nullclaw has them in the workspace that it is given (src/observability.zig). */
    private static final String FILE = "/root/.nullclaw/workspace/nullclaw-observability.jsonl";

    /** A turn begins with short files: they are on the session's own disk. What follows ends with whoever reads it. */
    private static final String FOLLOW = """
            for long in "$file" /var/log/nullclaw.err; do
              [ "$(stat -c %s "$long" 2>/dev/null || echo 0)" -le 16777216 ] || : >"$long"
            done
            [ -n "$from" ] || from=$(stat -c %s "$file" 2>/dev/null || echo 0)
            echo "#from $from"
            touch "$file" 2>/dev/null # what is not there tail looks for but once a second
            tail --pid=$$ -c +$((from + 1)) -F "$file" 2>/dev/null &
            cat >/dev/null
            kill $!
            """;

    private static final Duration BEGIN = Duration.ofSeconds(5);
    /** The agent drops longer ones itself. */
    private static final int LINE = 64 * 1024;

    private static final long MOST = 64L << 20;
    private static final int TRIES = 3;

    private final GuestShell shell;
    private final String file;
    private final Consumer<String> lines;
    private final CountDownLatch begun = new CountDownLatch(1);
    private final Object lock = new Object();
    private @Nullable Dialogue dialogue;
    private boolean closed;
    private long from = -1;

    private Notebook(GuestShell shell, String file, Consumer<String> lines) {
        this.shell = shell;
        this.file = file;
        this.lines = lines;
    }

    /**
     * Opens it, and returns when all that is written from now on will be read; or, after a few seconds, without.
     *
     * @param lines told on another thread
     */
    static Notebook open(GuestShell shell, Consumer<String> lines) throws InterruptedException {
        return open(shell, FILE, lines);
    }

    /** Another file, for tests. */
    static Notebook open(GuestShell shell, String file, Consumer<String> lines) throws InterruptedException {
        Notebook made = new Notebook(shell, file, lines);
        Thread.ofVirtual().name("notebook").start(made::read);
        if (!made.begun.await(BEGIN.toMillis(), TimeUnit.MILLISECONDS)) {
            LOG.info("the agent's notes were not to be had within {} s; the turn begins without", BEGIN.toSeconds());
        }
        return made;
    }

    private void read() {
        try {
            for (int attempt = 0; attempt < TRIES && follow(); attempt++) {
                LOG.info("the way to the agent's notes broke off at {}; they are read on", from);
            }
        } catch (IOException | ProblemException e) {
            LOG.info("the agent's notes are not read on: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            begun.countDown();
        }
    }

    /** Reads to the end of the line. Returns whether there is a point in trying again. */
    private boolean follow() throws IOException, InterruptedException {
        try (Dialogue made = shell.dialogue("file='" + file + "' from=" + (from < 0 ? "" : from) + "\n" + FOLLOW)) {
            synchronized (lock) {
                if (closed) {
                    return false;
                }
                dialogue = made;
            }
            InputStream in = new BufferedInputStream(made.output());
            Optional<String> head = line(in);
            if (head.isEmpty() || !head.get().startsWith("#from ")) {
                return false;
            }
            from = Long.parseLong(head.get().substring(6).strip());
            long read = 0;
            begun.countDown();
            for (Optional<String> line = line(in); line.isPresent(); line = line(in)) {
                int size = line.get().getBytes(StandardCharsets.UTF_8).length + 1;
                from += size;
                read += size;
                if (read > MOST) {
                    LOG.info("the agent's notes of one turn have more than {} bytes; the rest is not read", MOST);
                    return false;
                }
                lines.accept(line.get());
            }
        }
        synchronized (lock) {
            return !closed;
        }
    }

    /** A whole line without its end; empty where there is none any more. */
    private static Optional<String> line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\n') {
                return Optional.of(line.toString(StandardCharsets.UTF_8));
            }
            if (line.size() >= LINE) {
                throw new IOException("a line of them has more than " + LINE + " bytes");
            }
            line.write(b);
        }
        return Optional.empty();
    }

    /** Closes it. */
    void close() {
        Dialogue last;
        synchronized (lock) {
            closed = true;
            last = dialogue;
        }
        if (last != null) {
            last.close();
        }
    }
}

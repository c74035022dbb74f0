package dev.execlaw.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's database file: one writer thread, a few readers, write-ahead log. Any thread may use it.
 *
 * <p>Readers are few because a call into SQLite holds its carrier thread (JNI).
 */
public final class Database implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Database.class);
    private static final int READERS = 3;
    private static final int WAIT_SECONDS = 30;

    private final String url;
    private final Writer writer;
    private final BlockingQueue<Statements> readers = new ArrayBlockingQueue<>(READERS);
    private final AtomicInteger opened = new AtomicInteger();

    private Database(String url, Writer writer) {
        this.url = url;
        this.writer = writer;
    }

    /**
     * Opens the file, makes it (0600) when it is missing, and brings its tables to this build's version.
     *
     * @param file the database; SQLite's native library is unpacked into {@code cache} beside it
     */
    public static Database open(Path file) {
        try {
            Path cache = file.toAbsolutePath().resolveSibling("cache");
            Files.createDirectories(
                    cache, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            System.setProperty("org.sqlite.tmpdir", cache.toString());
            createPrivate(file);
            String url = "jdbc:sqlite:" + file.toAbsolutePath();
            Statements statements = connect(url);
            statements.execute("PRAGMA journal_mode=WAL");
            Schema.migrate(statements, Schema.STEPS);
            return new Database(url, new Writer(statements));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the database " + file + ": " + e.getMessage(), e);
        } catch (SQLException e) {
            throw new StoreException("cannot open the database " + file + ": " + e.getMessage(), e);
        }
    }

    private static void createPrivate(Path file) throws IOException {
        try {
            // SQLite gives its -wal and -shm files the mode of this one.
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException _) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
    }

    private static Statements connect(String url) throws SQLException {
        Statements statements = new Statements(DriverManager.getConnection(url));
        statements.execute("PRAGMA busy_timeout=10000");
        statements.execute("PRAGMA synchronous=NORMAL");
        return statements;
    }

    /** Reads. Sees everything committed before the call. */
    <T> T read(Sql<T> work) {
        Statements reader = borrow();
        try {
            return work.run(reader);
        } catch (SQLException e) {
            throw new StoreException("the database could not be read: " + e.getMessage(), e);
        } finally {
            readers.add(reader);
        }
    }

    private Statements borrow() {
        try {
            Statements idle = readers.poll();
            if (idle == null && opened.getAndUpdate(n -> Math.min(n + 1, READERS)) < READERS) {
                idle = connect(url);
            }
            if (idle == null) {
                idle = readers.poll(WAIT_SECONDS, TimeUnit.SECONDS);
            }
            if (idle == null) {
                throw new IllegalStateException("no reader of the database became free within " + WAIT_SECONDS + " s");
            }
            return idle;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a reader of the database", e);
        } catch (SQLException e) {
            throw new StoreException("cannot open a reader of the database: " + e.getMessage(), e);
        }
    }

    /** Writes and waits until it is durable, also against a power cut. */
    <T> T write(Sql<T> work) {
        return write(work, _ -> {});
    }

    /** Like {@link #write(Sql)}; {@code committed} sees the result on the writer thread, in the order of commits. */
    <T> T write(Sql<T> work, Consumer<T> committed) {
        CompletableFuture<T> result = new CompletableFuture<>();
        submit(new Writer.Job<T>(work, true, (value, failure) -> {
            if (failure != null) {
                result.completeExceptionally(Writer.failure(failure));
                return;
            }
            accept(committed, value);
            result.complete(value);
        }));
        return awaitCommit(result);
    }

    /** Waits through interrupts: a caller that gave up a write which then happens would not know what it has done. */
    private static <T> T awaitCommit(CompletableFuture<T> result) {
        boolean interrupted = false;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        try {
            while (true) {
                try {
                    return result.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof StoreException cause ? cause : new StoreException("write failed", e);
        } catch (TimeoutException e) {
            throw new StoreException("the database did not commit within " + WAIT_SECONDS + " s", e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Writes without waiting, in order with the other writes of this thread. A failure is logged. */
    <T> void writeLater(Sql<T> work, Consumer<T> committed) {
        submit(new Writer.Job<T>(work, false, (value, failure) -> {
            if (failure != null) {
                LOG.error("a change is lost: {}", failure.getMessage(), failure);
                return;
            }
            accept(committed, value);
        }));
    }

    // The value is whatever T allows; the job's type can only say that a failed job has none.
    @SuppressWarnings("NullAway")
    private static <T> void accept(Consumer<T> committed, @Nullable T value) {
        committed.accept(value);
    }

    private void submit(Writer.Job<?> job) {
        try {
            writer.submit(job);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the database's queue was full", e);
        }
    }

    /** Writes the file anew, without what was removed from it, and empties the write-ahead log. Needs that nobody writes. */
    void compact() {
        try (Statements statements = connect(url)) {
            statements.execute("VACUUM");
            List<Integer> busy = statements.list("PRAGMA wal_checkpoint(TRUNCATE)", row -> row.getInt(1));
            if (!busy.equals(List.of(0))) {
                throw new SQLException("somebody else has the write-ahead log open");
            }
        } catch (SQLException e) {
            throw new StoreException("the database was not written anew: " + e.getMessage(), e);
        }
    }

    /** Commits what is waiting and closes the file. */
    @Override
    public void close() {
        writer.close();
        try {
            for (Statements reader = readers.poll(); reader != null; reader = readers.poll()) {
                reader.close();
            }
        } catch (SQLException e) {
            throw new StoreException("cannot close the database: " + e.getMessage(), e);
        }
    }
}

package dev.execlaw.store;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The one thread that writes. What waits is committed together; a job that fails is rolled back alone.
 *
 * <p>A commit that somebody waits for is synced to the disk ({@code synchronous=FULL}): it survives a power cut. A
 * commit of jobs nobody waits for is handed to the kernel ({@code NORMAL}): it survives the death of this process, and a
 * power cut can take only the newest such jobs, never the file's integrity (sqlite.org/pragma.html#pragma_synchronous).
 */
final class Writer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Writer.class);
    private static final int GROUP = 1024;

    private final BlockingQueue<Job<?>> queue = new ArrayBlockingQueue<>(16 * GROUP);
    private final Statements statements;
    private final Thread thread;

    // Written by close() only; tells producers that nobody will take their job any more.
    private volatile boolean closed;

    private boolean full;

    Writer(Statements statements) {
        this.statements = statements;
        this.thread = Thread.ofPlatform().name("store-writer").daemon().start(this::drain);
    }

    /**
     * One piece of work.
     *
     * @param awaited whether somebody waits for it, so that it must survive a power cut
     * @param done called on the writer thread with the result after the commit, or with the failure
     */
    record Job<T>(@Nullable Sql<T> work, boolean awaited, BiConsumer<@Nullable T, @Nullable SQLException> done) {}

    /** Hands a job over; waits while the queue is full. */
    void submit(Job<?> job) throws InterruptedException {
        if (closed) {
            throw new IllegalStateException("the database is closed");
        }
        queue.put(job);
    }

    private void drain() {
        List<Job<?>> group = new ArrayList<>(GROUP);
        boolean last = false;
        while (!last) {
            try {
                group.add(queue.take());
            } catch (InterruptedException e) {
                throw new IllegalStateException("the writer thread belongs to the store alone", e);
            }
            queue.drainTo(group, GROUP - 1);
            last = group.removeIf(job -> job.work() == null);
            if (!group.isEmpty()) {
                commit(group);
            }
            group.clear();
        }
    }

    private void commit(List<Job<?>> group) {
        List<Runnable> results = new ArrayList<>(group.size());
        try {
            boolean sync = group.stream().anyMatch(Job::awaited);
            if (sync != full) {
                statements.execute(sync ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
                full = sync;
            }
            statements.update("BEGIN IMMEDIATE");
            for (Job<?> job : group) {
                results.add(run(job));
            }
            statements.update("COMMIT");
        } catch (SQLException | RuntimeException e) {
            rollBack();
            if (group.size() == 1) {
                SQLException cause = e instanceof SQLException sql ? sql : new SQLException(e.toString(), e);
                tell(() -> group.getFirst().done().accept(null, cause));
            } else {
                group.forEach(job -> commit(List.of(job)));
            }
            return;
        }
        results.forEach(Writer::tell);
    }

    private <T> Runnable run(Job<T> job) throws SQLException {
        Sql<T> work = job.work();
        T result = work == null ? null : work.run(statements);
        return () -> job.done().accept(result, null);
    }

    private void rollBack() {
        try {
            statements.execute("ROLLBACK");
        } catch (SQLException e) {
            // SQLite has rolled back by itself after some errors (full disk, I/O); then there is nothing to roll back.
            LOG.debug("rollback: {}", e.getMessage());
        }
    }

    private static void tell(Runnable listener) {
        try {
            listener.run();
        } catch (RuntimeException e) {
            LOG.error("a listener of a commit failed", e);
        }
    }

    /** The failure as callers see it. */
    static StoreException failure(SQLException e) {
        boolean diskFull = e instanceof SQLiteException sqlite && sqlite.getResultCode() == SQLiteErrorCode.SQLITE_FULL;
        return new StoreException("the database did not take a change: " + e.getMessage(), e, diskFull);
    }

    /** Commits what was submitted so far and ends the thread. */
    @Override
    public void close() {
        closed = true;
        try {
            queue.put(new Job<>(null, false, (_, _) -> {}));
            thread.join();
            statements.close();
        } catch (SQLException e) {
            throw failure(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("interrupted while the database was being closed; its last changes may be missing");
        }
    }
}

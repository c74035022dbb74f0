package dev.execlaw.microvm.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/**
 * Starts every child process of this JVM, on one platform thread that lives as long as the JVM. A parent-death signal
 * (prctl(2) {@code PR_SET_PDEATHSIG}) fires when the spawning <em>thread</em> ends, so a child started from a pooled or
 * virtual thread would die with that thread.
 */
final class Spawner {

    private static final Executor THREAD = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("spawner").daemon(true).factory());

    private Spawner() {}

    /** Starts a child. Not interruptible: a child that was started must not get lost. */
    static Process start(ProcessBuilder builder) throws IOException {
        try {
            return CompletableFuture.supplyAsync(() -> startHere(builder), THREAD)
                    .join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof UncheckedIOException unchecked) {
                throw unchecked.getCause();
            }
            throw e;
        }
    }

    private static Process startHere(ProcessBuilder builder) {
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

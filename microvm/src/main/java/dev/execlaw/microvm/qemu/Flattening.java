package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.machine.MachineSpec.Disk;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The one job that puts a machine's layers together while it runs. Any thread may use it. */
final class Flattening {

    private static final Duration CALL = Duration.ofSeconds(20);
    private static final String JOB = "flatten";

    private @Nullable CompletableFuture<String> running;

    /** A job has ended. */
    synchronized void ended(String error) {
        if (running != null) {
            running.complete(error);
        }
    }

    /** Begins; null where there is nothing to do. */
    synchronized @Nullable CompletableFuture<String> begin(Layers layers, Disk current) throws IOException {
        if (running != null && !running.isDone()) {
            throw new IOException("its layers are being put together already");
        }
        running = new CompletableFuture<>();
        boolean begun = false;
        try {
            begun = layers.flatten(current, JOB);
        } finally {
            if (!begun) {
                running.complete("");
            }
        }
        return begun ? running : null;
    }

    /** Waits for its end; when that is not in time, ends it. */
    void await(CompletableFuture<String> job, Vmm vmm, Duration deadline) throws IOException {
        String error = "";
        try {
            error = end(job, vmm).get(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            stop(vmm);
            throw new IOException("it was not done within " + deadline.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stop(vmm);
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(e.getCause()), e);
        }
        if (!error.isEmpty()) {
            throw new IOException(error);
        }
    }

    /** Ends it early, where it runs; what was copied so far stays and does no harm. */
    void stop(Vmm vmm) throws IOException {
        CompletableFuture<String> job;
        synchronized (this) {
            job = running;
        }
        if (job == null || job.isDone()) {
            return;
        }
        try {
            vmm.qmp().call(new QmpCommand.CancelJob(JOB), CALL);
        } catch (QmpException e) {
            // It may have ended by itself meanwhile; then that was told before the refusal.
            if (!job.isDone()) {
                throw e;
            }
        }
        try {
            end(job, vmm).get(CALL.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw new IOException("the job that puts its layers together does not end", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static CompletableFuture<String> end(CompletableFuture<String> job, Vmm vmm) {
        var _ = vmm.end().thenAccept(status -> job.complete("the machine has ended"));
        return job.copy();
    }
}

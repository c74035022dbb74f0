package dev.execlaw.session;

import dev.execlaw.microvm.machine.Driver;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many layers a running machine's disk lies on: every save adds one, and each costs the guest's reads something. Above
 * some they are put together in the background; the files that checkpoints lie on stay as they are. Any thread may use it.
 */
final class Depth {

    /** From here on they are put together, beside what the guest does; a save ends that early. */
    static final int MANY = 24;

    /** From here on a save waits until they are. Drivers refuse a disk on more than 64. */
    static final int TOO_MANY = 48;

    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final Logger LOG = LoggerFactory.getLogger(Depth.class);

    private final Driver driver;
    private final Machine machine;

    // Guarded by this.
    private @Nullable CompletableFuture<Void> underWay;

    Depth(Driver driver, Machine machine) {
        this.driver = driver;
        this.machine = machine;
    }

    /** A layer was added, or a machine begun over some: puts them together where there are many. */
    void look() {
        try {
            if (layers() > MANY) {
                var _ = begin();
            }
        } catch (MachineException e) {
            LOG.warn(
                    "{}: the layers of its disk cannot be counted: {}",
                    machine.spec().name(),
                    e.getMessage());
        }
    }

    /**
     * Another layer is about to be added: waits until there are few enough.
     *
     * @throws MachineException when they cannot be put together, and are too many
     */
    void makeRoom() throws MachineException, InterruptedException {
        int layers = layers();
        if (layers <= TOO_MANY) {
            return;
        }
        try {
            begin().get(WAIT.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            String why = e instanceof TimeoutException
                    ? "not within " + WAIT.toSeconds() + " s"
                    : String.valueOf(
                            e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
            throw new MachineException(
                    "its disk lies on " + layers + " layers, more than " + TOO_MANY
                            + ", and they could not be put together: " + why,
                    e);
        }
    }

    private int layers() throws MachineException {
        return driver.under(machine.disk()).size();
    }

    private synchronized CompletableFuture<Void> begin() {
        CompletableFuture<Void> known = underWay;
        if (known != null && !known.isDone()) {
            return known;
        }
        CompletableFuture<Void> begun = new CompletableFuture<>();
        underWay = begun;
        Thread.ofVirtual().name("layers-" + machine.spec().name()).start(() -> putTogether(begun));
        return begun;
    }

    private void putTogether(CompletableFuture<Void> done) {
        try {
            machine.flatten(LIMIT);
            done.complete(null);
        } catch (MachineException | RuntimeException e) {
            // A save that came meanwhile is no trouble: after it the next one begins.
            LOG.info("{}: {}", machine.spec().name(), e.getMessage());
            done.completeExceptionally(e);
        }
    }
}

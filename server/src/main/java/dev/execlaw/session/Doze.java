package dev.execlaw.session;

import dev.execlaw.exec.Stay;
import dev.execlaw.host.MachineActivity;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.wake.Wake;
import dev.execlaw.microvm.wake.WakeException;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The light sleep of one run's machine: its vCPUs stand still while nobody needs them, its memory stays, and any input lets
 * them run on within milliseconds. It is no state of the session, which is as ready as before. Any thread may use it.
 */
final class Doze {

    private static final Logger LOG = LoggerFactory.getLogger(Doze.class);

    private final SessionParts parts;
    private final String session;
    private final Machine machine;
    private final int run;
    private final Consumer<Mail> mail;

    // Held while vCPUs are stopped or let run, though that calls out: what a wake-up says must be so when it returns.
    private final Lock lock = new ReentrantLock();
    private boolean dozing;
    private boolean stoodStill;
    private boolean over;
    private long inputs;
    private CompletableFuture<Void> clock = CompletableFuture.completedFuture(null);

    // Written by the thread that tells the guest the time.
    private volatile boolean unable;

    /**
     * A machine that runs.
     *
     * @param mail to its supervisor
     */
    Doze(SessionParts parts, String session, Machine machine, int run, Consumer<Mail> mail) {
        this.parts = parts;
        this.session = session;
        this.machine = machine;
        this.run = run;
        this.mail = mail;
    }

    /** Whether its vCPUs stand still. */
    boolean dozing() {
        lock.lock();
        try {
            return dozing;
        } finally {
            lock.unlock();
        }
    }

    /** Whether it does not doze and may. */
    boolean mayBegin() {
        return !unable && !dozing();
    }

    /** Begins to stop the vCPUs, on a thread of its own; what comes meanwhile prevents it. */
    void begin() {
        long seen;
        lock.lock();
        try {
            seen = inputs;
        } finally {
            lock.unlock();
        }
        Thread.ofVirtual().name("doze-" + session).start(() -> stop(seen));
    }

    private void stop(long seen) {
        lock.lock();
        try {
            // A guest that is stopped while it is told the time would go on with one of the past.
            boolean free = inputs == seen && !dozing && !over && clock.isDone();
            if (free && activity().rests(session, parts.timings().doze())) {
                machine.pause();
                dozing = true;
            }
        } catch (MachineException e) {
            unable = true;
            LOG.info("session {}: its vCPUs cannot be stopped while it rests: {}", session, e.getMessage());
        } finally {
            lock.unlock();
        }
    }

    /**
     * Something is wanted of the guest: lets the vCPUs run if they stand still. The guest is told the time meanwhile.
     *
     * @throws MachineException when they do not run
     */
    void wake() throws MachineException {
        activity().touch(session); // before the lock: who is about to stop them sees it
        lock.lock();
        try {
            inputs++;
            if (dozing) {
                machine.resume();
                dozing = false;
                clock = tellTime();
                mail.accept(new Mail.Awake(run));
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * A command comes: wakes the guest, sees that its clock is right, and keeps it awake until the stay is closed.
     *
     * @throws ProblemException {@code EXEC_FAILED} when it does not wake
     */
    Stay stay() {
        MachineActivity.Hold hold = activity().hold(session, "a command runs in it");
        try {
            wake();
            awaitClock();
            return hold::close;
        } catch (MachineException | InterruptedException e) {
            hold.close();
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw new ProblemException(
                    ErrorCode.EXEC_FAILED,
                    "the machine of session " + session + " rested and does not go on: " + e.getMessage(),
                    "try again; if that does not help, stop the session and start it",
                    e);
        }
    }

    private void awaitClock() throws InterruptedException {
        CompletableFuture<Void> told;
        lock.lock();
        try {
            told = clock;
        } finally {
            lock.unlock();
        }
        Duration limit = parts.timings().wake();
        try {
            var _ = told.handle((_, _) -> "").get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.info(
                    "session {}: its guest has not said within {} s that it set its clock", session, limit.toSeconds());
        }
    }

    /** The machine is about to be saved: its vCPUs are the saver's until {@link #saved}. */
    void beforeSave() {
        lock.lock();
        try {
            inputs++;
            stoodStill = dozing;
            dozing = false;
        } finally {
            lock.unlock();
        }
    }

    /** It was saved, or could not be, and runs on. */
    void saved() {
        lock.lock();
        try {
            if (stoodStill) {
                stoodStill = false;
                machine.resume(); // a save that failed before it began has not done so
            }
            clock = tellTime(); // or it would fall behind a little with every turn
        } catch (MachineException e) {
            LOG.info("session {}: its machine rested and does not go on: {}", session, e.getMessage());
        } finally {
            lock.unlock();
        }
    }

    /** It stood still for a time that nobody knows, and runs. */
    void adopted() {
        lock.lock();
        try {
            clock = tellTime();
        } finally {
            lock.unlock();
        }
    }

    /** The run ends, or the machine is let go: the vCPUs run, and are not stopped again. */
    void end() {
        lock.lock();
        try {
            over = true;
            inputs++;
            if (dozing) {
                dozing = false;
                machine.resume();
            }
        } catch (MachineException e) {
            LOG.info("session {}: its machine rested and does not go on: {}", session, e.getMessage());
        } finally {
            lock.unlock();
        }
    }

    /** The guest's clock has stood still with its vCPUs. */
    private CompletableFuture<Void> tellTime() {
        CompletableFuture<Void> told = new CompletableFuture<>();
        Thread.ofVirtual().name("clock-" + session).start(() -> {
            try {
                parts.waker().wake(machine, Wake.UP, parts.timings().wake());
            } catch (WakeException e) {
                timeNotTold(e);
            } finally {
                told.complete(null);
            }
        });
        return told;
    }

    private void timeNotTold(WakeException e) {
        boolean ended = machine.exited().toCompletableFuture().isDone();
        boolean last;
        lock.lock();
        try {
            last = over;
        } finally {
            lock.unlock();
        }
        if (unable || last || ended) {
            LOG.debug("session {}: its guest was not told the time: {}", session, e.getMessage());
            return;
        }
        unable = true;
        String text = "The guest's clock is behind, as its processors stood still for a while, and it was not told"
                + " the time: " + e.getMessage() + ". They are not stopped again until it is started again.";
        mail.accept(new Mail.Remark(run, text));
    }

    private MachineActivity activity() {
        return parts.host().activity();
    }
}

package dev.execlaw.session;

import dev.execlaw.microvm.machine.Machine;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One piece of slow work for a supervisor, on a thread of its own, that can be called off. */
final class Work {

    private static final Logger LOG = LoggerFactory.getLogger(Work.class);

    private final Job job;
    private final Thread thread;

    private Work(Job job, Thread thread) {
        this.job = job;
        this.thread = thread;
    }

    /** What is to be done; it mails its own success. */
    interface Job {

        void run() throws Exception;

        /** What to mail when {@link #run} failed. */
        Mail failed(Exception failure);

        /** The machine this work has made or found so far. */
        Optional<Machine> machine();
    }

    static Work start(Job job, String name, Consumer<Mail> mail) {
        Thread thread = Thread.ofVirtual().name(name).start(() -> {
            try {
                job.run();
            } catch (Exception e) {
                LOG.info("{}: {}", name, e.toString());
                mail.accept(job.failed(e));
            } catch (Error e) {
                mail.accept(job.failed(new IllegalStateException(name + ": " + e, e))); // nobody may wait for ever
                throw e;
            }
        });
        return new Work(job, thread);
    }

    /** Interrupts the work and waits until its thread has ended. Returns whether it did in time. */
    boolean callOff(Duration deadline) throws InterruptedException {
        thread.interrupt();
        return thread.join(deadline);
    }

    /** Waits until the work's thread has ended, and says so where it does not in time. */
    void finish(Duration deadline) {
        try {
            if (!thread.join(deadline)) {
                LOG.warn("{} did not end within {} s", thread.getName(), deadline.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    Optional<Machine> machine() {
        return job.machine();
    }
}

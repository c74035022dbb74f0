package dev.execlaw.doctor;

import dev.execlaw.doctor.check.Check;
import dev.execlaw.doctor.check.Finding;
import dev.execlaw.doctor.check.HostFacts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs checks side by side, each within a deadline. A check that cannot look is a failure, not an end. */
public final class Doctor {

    private final List<Check> checks;
    private final Duration deadline;

    /** A doctor with these checks; the deadline counts for all of them together. */
    public Doctor(List<Check> checks, Duration deadline) {
        this.checks = List.copyOf(checks);
        this.deadline = deadline;
    }

    /** Looks at a host. */
    public Diagnosis examine(HostFacts host) throws InterruptedException {
        long end = System.nanoTime() + deadline.toNanos();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        try {
            List<Future<Finding>> findings = new ArrayList<>();
            for (Check check : checks) {
                findings.add(threads.submit(() -> check.run(host)));
            }
            List<Diagnosis.Line> lines = new ArrayList<>();
            for (int i = 0; i < checks.size(); i++) {
                lines.add(new Diagnosis.Line(
                        checks.get(i).name(), finding(findings.get(i), Math.max(0, end - System.nanoTime()))));
            }
            return new Diagnosis(lines);
        } finally {
            // Not close(): it would wait for a check that does not end.
            threads.shutdownNow();
        }
    }

    private Finding finding(Future<Finding> future, long nanos) throws InterruptedException {
        try {
            return future.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            future.cancel(true);
            return failed("did not end within " + deadline.toSeconds() + " s");
        } catch (ExecutionException e) {
            return failed("could not look: " + e.getCause());
        }
    }

    private static Finding failed(String seen) {
        return new Finding(Finding.Verdict.FAIL, seen, "look into the cause and run the doctor again");
    }
}

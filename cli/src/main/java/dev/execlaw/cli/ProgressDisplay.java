package dev.execlaw.cli;

import dev.execlaw.microvm.image.Progress;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Shows long steps with their elapsed time: on a terminal one line that is redrawn, with a bar and the time left where
 * the size is known; else a plain line at the begin and the end of each step. Any thread may call it.
 */
final class ProgressDisplay implements Progress, AutoCloseable {

    private static final int BAR = 24;
    private static final long MEBIBYTE = 1024 * 1024;

    private final PrintStream out;
    private final int width;
    private final LongSupplier nanoTime;
    private final @Nullable ScheduledExecutorService clock;

    private String step = "";
    private String note = "";
    private Unit unit = Unit.STEPS;
    private long began;
    private long done;
    private long total;

    /** On standard error, redrawn when that is a terminal. */
    static ProgressDisplay onStandardError() {
        return new ProgressDisplay(System.err, Terminals.width(), System::nanoTime);
    }

    /**
     * A display.
     *
     * @param width columns of the terminal; 0 where the output is no terminal
     */
    ProgressDisplay(PrintStream out, int width, LongSupplier nanoTime) {
        this.out = out;
        this.width = width;
        this.nanoTime = nanoTime;
        if (width > 0) {
            clock = Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("progress").daemon(true).factory());
            var _ = clock.scheduleAtFixedRate(this::draw, 200, 200, TimeUnit.MILLISECONDS);
        } else {
            clock = null;
        }
    }

    @Override
    public synchronized void begin(String name) {
        step = name;
        note = "";
        done = 0;
        total = 0;
        began = nanoTime.getAsLong();
        if (width == 0) {
            out.println("  " + name + " ...");
        }
        draw();
    }

    @Override
    public synchronized void advance(long doneNow, long totalNow, Unit unitNow) {
        done = doneNow;
        total = totalNow;
        unit = unitNow;
    }

    @Override
    public synchronized void note(String line) {
        note = line.replaceAll("\\p{Cntrl}", " ").strip();
    }

    @Override
    public synchronized void end(String name, Duration took) {
        finish(name + ": " + seconds(took));
    }

    /** Runs a step that tells no details of itself. */
    <E extends Exception> void step(String name, Step<E> work) throws E, InterruptedException {
        begin(name);
        long start = nanoTime.getAsLong();
        work.run();
        end(name, Duration.ofNanos(nanoTime.getAsLong() - start));
    }

    /** A step that has not ended has failed. Nothing is shown after this. */
    @Override
    public synchronized void close() {
        if (!step.isEmpty()) {
            finish(step + ": failed after " + seconds(elapsed()));
        }
        if (clock != null) {
            clock.shutdownNow();
        }
    }

    private void finish(String line) {
        out.println((width > 0 ? "\r\033[K" : "") + "  " + line);
        step = "";
    }

    private synchronized void draw() {
        if (width == 0 || step.isEmpty()) {
            return;
        }
        String line = "  " + step + " " + seconds(elapsed()) + "  " + extent() + " " + note;
        out.print("\r\033[K" + line.substring(0, Math.min(line.length(), width - 1)));
        out.flush();
    }

    private String extent() {
        if (total > 0) {
            long share = Math.min(done, total);
            int filled = (int) (BAR * share / total);
            return "[" + "#".repeat(filled) + ".".repeat(BAR - filled) + "] " + 100 * share / total + " %"
                    + rate(share);
        }
        return switch (unit) {
            case BYTES -> done / MEBIBYTE + " MiB" + rate(done);
            case FILES -> done + " files";
            case STEPS -> done == 0 ? "" : Long.toString(done);
        };
    }

    private String rate(long share) {
        double seconds = elapsed().toNanos() / 1e9;
        if (unit != Unit.BYTES || seconds < 1 || share == 0) {
            return "";
        }
        String rate = String.format(Locale.ROOT, " %.1f MiB/s", share / seconds / MEBIBYTE);
        return total > 0 ? rate + ", " + Math.round((total - share) * seconds / share) + " s left" : rate;
    }

    private Duration elapsed() {
        return Duration.ofNanos(nanoTime.getAsLong() - began);
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
    }

    /** A piece of work. */
    interface Step<E extends Exception> {
        void run() throws E, InterruptedException;
    }
}

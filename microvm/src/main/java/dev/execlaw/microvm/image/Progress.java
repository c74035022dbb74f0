package dev.execlaw.microvm.image;

import java.time.Duration;

/**
 * Is told how a long piece of work goes on, step by step; steps do not overlap. Called from the thread that does the
 * work and, for {@link #note}, from others too. Implementations must return at once.
 */
public interface Progress {

    /** Tells nobody. */
    Progress NONE = new Progress() {
        @Override
        public void begin(String step) {}

        @Override
        public void advance(long done, long total, Unit unit) {}

        @Override
        public void note(String line) {}

        @Override
        public void end(String step, Duration took) {}
    };

    /** A step begins; {@code step} is a short phrase for people, e.g. "packages". */
    void begin(String step);

    /**
     * How far the current step is.
     *
     * @param total the whole, or -1 when it is not known
     */
    void advance(long done, long total, Unit unit);

    /** A line of detail, e.g. of an external program's output. */
    void note(String line);

    /** The step is done. A step that fails does not end: the exception tells. */
    void end(String step, Duration took);

    /** What is counted. */
    enum Unit {
        BYTES,
        FILES,
        STEPS
    }
}

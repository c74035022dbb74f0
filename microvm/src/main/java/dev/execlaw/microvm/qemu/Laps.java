package dev.execlaw.microvm.qemu;

import java.util.Locale;

/** How long each step of something took, for the log. Used by one thread. */
final class Laps {

    private final StringBuilder text = new StringBuilder();
    private long last = System.nanoTime();

    /** A step is done. */
    void done(String step) {
        long now = System.nanoTime();
        text.append(text.isEmpty() ? "" : ", ")
                .append(step)
                .append(String.format(Locale.ROOT, " %.1f ms", (now - last) / 1e6));
        last = now;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}

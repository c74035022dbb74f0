package dev.execlaw.microvm.firecracker;

import java.util.Arrays;
import java.util.Comparator;

/**
 * How a guest ended by its own account: Firecracker exits with 0 for a reboot as for a panic. The guest's kernel says it
 * last of all on the console; a guest may lie, so nothing but an explanation hangs on it.
 */
enum GuestEnd {
    PANIC("Kernel panic - not syncing"),
    REBOOT("reboot: Restarting system"),
    POWER_OFF("reboot: Power down"),
    /** Nothing of it is on the console. */
    UNTOLD("");

    private final String mark;

    GuestEnd(String mark) {
        this.mark = mark;
    }

    /** What the console's end tells; the last mark counts. */
    static GuestEnd of(String consoleTail) {
        return Arrays.stream(values())
                .filter(end -> end != UNTOLD && consoleTail.contains(end.mark))
                .max(Comparator.comparingInt(end -> consoleTail.lastIndexOf(end.mark)))
                .orElse(UNTOLD);
    }

    /** What the console tells from the last such mark on, at most so many characters: what comes first says why. */
    String from(String consoleTail, int max) {
        int begin = Math.max(0, consoleTail.lastIndexOf(mark));
        return consoleTail.substring(begin, Math.min(consoleTail.length(), begin + max));
    }
}

package dev.execlaw.microvm.process;

/** Signals that end a process, by their Linux numbers (signal(7)). */
public enum Signal {
    SIGTERM(15),
    SIGKILL(9);

    private final int number;

    Signal(int number) {
        this.number = number;
    }

    /** The number. */
    public int number() {
        return number;
    }
}

package dev.execlaw.host;

/**
 * How much of the last ten seconds was lost waiting for memory, as the kernel's pressure stall information tells it
 * (Documentation/accounting/psi.rst).
 *
 * @param some percent of the time in which at least one task waited
 * @param full percent of the time in which all tasks did that had something to do
 */
public record Stalls(double some, double full) {

    /** Nobody waited. */
    public static final Stalls NONE = new Stalls(0, 0);

    public Stalls {
        percent("some", some);
        percent("full", full);
    }

    private static void percent(String name, double value) {
        if (!(value >= 0 && value <= 100)) {
            throw new IllegalArgumentException(name + " is " + value + ", it must be 0 to 100");
        }
    }
}

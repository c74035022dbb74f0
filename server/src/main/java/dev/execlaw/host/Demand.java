package dev.execlaw.host;

/**
 * The memory that a machine asks for.
 *
 * @param guestMiB size of the guest's memory
 * @param start how it starts, which tells how much of that it will have at once
 */
public record Demand(int guestMiB, Start start) {

    public Demand {
        if (guestMiB < 1) {
            throw new IllegalArgumentException("guestMiB is " + guestMiB + ", it must be 1 at least");
        }
    }

    /** Where a machine's memory comes from. */
    public sealed interface Start {

        /** From nothing: a boot may touch all of it. */
        record Cold() implements Start {}

        /**
         * From a template, whose memory it shares until it writes.
         *
         * @param template name of the template; machines of one template are taken to need the same
         */
        record Cloned(String template) implements Start {}

        /**
         * From where it was saved.
         *
         * @param heldMiB memory it had when it was saved
         */
        record Saved(int heldMiB) implements Start {

            public Saved {
                if (heldMiB < 0) {
                    throw new IllegalArgumentException("heldMiB is " + heldMiB + ", it must not be negative");
                }
            }
        }
    }

    /** A machine that boots. */
    public static Demand cold(int guestMiB) {
        return new Demand(guestMiB, new Start.Cold());
    }

    /** A machine that is cloned from a template. */
    public static Demand cloned(int guestMiB, String template) {
        return new Demand(guestMiB, new Start.Cloned(template));
    }

    /** A machine that goes on where it was saved, with what it had in memory then. */
    public static Demand saved(int guestMiB, int heldMiB) {
        return new Demand(guestMiB, new Start.Saved(heldMiB));
    }
}

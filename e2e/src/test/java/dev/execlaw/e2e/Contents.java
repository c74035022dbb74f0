package dev.execlaw.e2e;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a machine should hold.
 *
 * @param files SHA-256 of each file of the tree
 * @param value what is in memory; empty where nothing is
 * @param counter who counts; empty: nobody; {@link #SOMEBODY}: not known, perhaps nobody
 * @param count how far the counter was at least, and so how many rows of the database are on the disk
 */
record Contents(SortedMap<String, String> files, String value, String counter, long count) {

    static final Contents NOTHING = new Contents(new TreeMap<>(), "", "", 0);
    private static final String SOMEBODY = "?";

    Contents {
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }

    /** After a change that was made. */
    Contents with(Change change) {
        return new Contents(change.on(files), change.value(), counter.isEmpty() ? SOMEBODY : counter, count);
    }

    /** After a change that was broken off before the value was put into memory. */
    Contents withHalf(Change change) {
        return new Contents(change.on(files), value, counter, count);
    }

    /** After the guest booted from its disk. */
    Contents booted() {
        return new Contents(files, "", "", count);
    }

    /** With what the counter says of itself. */
    Contents counted(String says) {
        int space = says.indexOf(' ');
        return space < 0
                ? this
                : new Contents(files, value, says.substring(0, space), Long.parseLong(says.substring(space + 1)));
    }

    /** Why a machine that looks like this holds something else; empty where it may be this. */
    Optional<String> differs(Look look) {
        if (!look.files().equals(files)) {
            return Optional.of("files " + look.files() + " instead of " + files);
        }
        if (!look.value().equals(value)) {
            return Optional.of("value \"" + look.value() + "\" instead of \"" + value + "\"");
        }
        if (look.first().isEmpty()) {
            return counter.isEmpty() || counter.equals(SOMEBODY)
                    ? database(look, count, Long.MAX_VALUE)
                    : Optional.of("nobody counts instead of " + counter);
        }
        Contents first = counted(look.first());
        if (!counter.equals(SOMEBODY) && !first.counter.equals(counter)) {
            return Optional.of(first.counter + " counts instead of \"" + counter + "\"");
        }
        if (first.count < count) {
            return Optional.of("the counter was at " + count + " and is at " + first.count);
        }
        Contents third = counted(look.third());
        if (look.second().equals(look.first()) || !third.counter.equals(first.counter)) {
            return Optional.of("the counter does not go on: " + look);
        }
        return database(look, first.count, third.count + 1);
    }

    private static Optional<String> database(Look look, long least, long most) {
        boolean none = look.sound().isEmpty() && least == 0;
        if (none || (look.sound().equals("ok") && look.rows() >= least && look.rows() <= most)) {
            return Optional.empty();
        }
        return Optional.of("the database has " + look.rows() + " rows of " + least + " to " + most + " and is "
                + (look.sound().isEmpty() ? "gone" : look.sound()));
    }
}

package dev.execlaw.config;

/** Checks of the records: each message quotes the key, the value and what is allowed. */
final class Check {

    private Check() {}

    static void that(boolean fact, String key, Object value, String allowed) {
        if (!fact) {
            throw new IllegalArgumentException(key + " is \"" + value + "\"; it must be " + allowed);
        }
    }

    static void range(String key, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(key + " is " + value + "; allowed are " + least + " to " + most);
        }
    }
}

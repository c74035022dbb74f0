package dev.execlaw.store;

/** The database refused or could not be reached. The message names the file or the statement. */
public final class StoreException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final boolean full;

    StoreException(String message, Throwable cause, boolean full) {
        super(message, cause);
        this.full = full;
    }

    StoreException(String message, Throwable cause) {
        this(message, cause, false);
    }

    /** Whether the disk is full: the one cause a user can mend. */
    public boolean diskFull() {
        return full;
    }
}

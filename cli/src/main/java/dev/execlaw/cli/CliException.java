package dev.execlaw.cli;

/** A command cannot go on. Shown as one line: what is wrong, and what to do. */
final class CliException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private static final int COULD_NOT = 1;

    private final String next;
    private final int status;

    CliException(String what, String next) {
        super(what);
        this.next = next;
        this.status = COULD_NOT;
    }

    CliException(String what, String next, Throwable cause) {
        super(what, cause);
        this.next = next;
        this.status = COULD_NOT;
    }

    private CliException(CliException same, int status) {
        super(same.getMessage(), same);
        this.next = same.next;
        this.status = status;
    }

    /** The same with another exit status of the process than 1. */
    CliException withStatus(int other) {
        return new CliException(this, other);
    }

    /** The exit status of the process. */
    int status() {
        return status;
    }

    /** What to do, in one sentence. */
    String next() {
        return next;
    }
}

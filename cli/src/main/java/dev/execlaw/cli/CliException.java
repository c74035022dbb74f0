package dev.execlaw.cli;

/** A command cannot go on. Shown as one line: what is wrong, and what to do. */
final class CliException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String next;

    CliException(String what, String next) {
        super(what);
        this.next = next;
    }

    CliException(String what, String next, Throwable cause) {
        super(what, cause);
        this.next = next;
    }

    /** What to do, in one sentence. */
    String next() {
        return next;
    }
}

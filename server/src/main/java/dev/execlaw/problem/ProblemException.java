package dev.execlaw.problem;

/** A request could not be carried out, for a reason the caller should see. */
public final class ProblemException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    public ProblemException(ErrorCode code, String detail, String next) {
        super(code + ": " + detail);
        this.problem = new Problem(code, detail, next);
    }

    public ProblemException(ErrorCode code, String detail, String next, Throwable cause) {
        super(code + ": " + detail, cause);
        this.problem = new Problem(code, detail, next);
    }

    public Problem problem() {
        return problem;
    }
}

package dev.execlaw.problem;

/** Stable error codes, each with its HTTP status. The first group is the caller's to mend, the second the host's, the third ours. */
public enum ErrorCode {
    INVALID_REQUEST(400),
    UNKNOWN_FIELD(400),
    UNKNOWN_PROVIDER(400),
    UNKNOWN_MODEL(400),
    UNKNOWN_AGENT(400),
    KEY_MISSING(400),
    UNAUTHENTICATED(401),
    ORIGIN_REFUSED(403),
    NOT_FOUND(404),
    SESSION_GONE(404),
    METHOD_NOT_ALLOWED(405),
    STATE_CONFLICT(409),
    IDEMPOTENCY_CONFLICT(409),
    EXEC_UNAVAILABLE(409),
    NOT_CONFIGURED(409),
    RECIPIENT_REFUSED(403),
    BODY_TOO_LARGE(413),
    UNSUPPORTED_MEDIA_TYPE(415),
    RATE_LIMIT(429),

    CAPACITY_MEMORY(503),
    DISK_FULL(507),
    IMAGE_MISSING(503),
    VMM_MISSING(503),
    BOOT_FAILED(500),
    BOOT_TIMEOUT(504),
    MACHINE_ENDED(500),
    AGENT_EXIT(500),
    EXAMINATION_FAILED(500),
    CHECKPOINT_FAILED(500),
    DIFF_FAILED(500),
    EXEC_FAILED(502),
    EMAIL_FAILED(502),
    PROVIDER_DOWN(502),
    KEY_INVALID(502),
    SHUTTING_DOWN(503),

    INTERNAL(500);

    private final int status;

    ErrorCode(int status) {
        this.status = status;
    }

    /** HTTP status of a response that carries this code. */
    public int status() {
        return status;
    }
}

package dev.execlaw.auth;

/** How a request showed who sent it. */
public enum Credential {
    /** Not at all. */
    NONE,
    /** With a bearer token or cookie that is not valid. */
    WRONG,
    /** With the access token in the {@code Authorization} header. */
    BEARER,
    /** With the cookie that a login gave to a browser; such a request may have been caused by another site. */
    COOKIE;

    /** Whether the sender is who may use this server. */
    public boolean accepted() {
        return this == BEARER || this == COOKIE;
    }
}

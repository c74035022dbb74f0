package dev.execlaw.auth;

import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells whether a request that changes something was caused by our own page or by another site's. */
public final class Origins {

    private static final Set<String> OWN_SITE = Set.of("same-origin", "none");

    private Origins() {}

    /**
     * Why the request must be refused; empty when it may go on. A request that says its origin must say ours. One that
     * says none may be a program's, but not when it comes with a browser's cookie and without the browser's own word
     * ({@code Sec-Fetch-Site}) for where it came from.
     *
     * @param own origin under which the request reached us, e.g. {@code http://127.0.0.1:8000}
     */
    public static Optional<String> refusal(
            Credential credential, String own, @Nullable String origin, @Nullable String fetchSite) {
        if (origin != null && !origin.equalsIgnoreCase(own)) {
            return Optional.of("The request comes from a page of \"" + origin + "\"; only pages of \"" + own
                    + "\" may change things here.");
        }
        if (fetchSite != null && !OWN_SITE.contains(fetchSite)) {
            return Optional.of("The browser says that another site caused this request (Sec-Fetch-Site: " + fetchSite
                    + "); only our own pages may change things here.");
        }
        if (credential == Credential.COOKIE && origin == null && fetchSite == null) {
            return Optional.of("The request came with a browser's cookie but without Origin and Sec-Fetch-Site,"
                    + " so it cannot be told whose page caused it.");
        }
        return Optional.empty();
    }
}

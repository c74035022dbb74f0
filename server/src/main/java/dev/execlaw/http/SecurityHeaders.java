package dev.execlaw.http;

import org.eclipse.jetty.http.HttpFields;

/** What a browser must not do with our pages. Tested against the real user interface in a real browser. */
final class SecurityHeaders {

    /** Nothing from elsewhere, nothing inline, and no HTML from strings but through DOMPurify. */
    static final String POLICY = String.join(
            "; ",
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types dompurify");

    private SecurityHeaders() {}

    static void put(HttpFields.Mutable headers) {
        headers.put("Content-Security-Policy", POLICY);
        headers.put("Referrer-Policy", "no-referrer");
        headers.put("Cross-Origin-Opener-Policy", "same-origin");
        headers.put(
                "Permissions-Policy",
                "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), bluetooth=(), hid=(), midi=(),"
                        + " display-capture=(), accelerometer=(), gyroscope=(), magnetometer=(), clipboard-read=(),"
                        + " clipboard-write=(self)");
    }
}

package dev.execlaw.http;

import dev.execlaw.auth.Credential;
import java.net.InetAddress;

/**
 * Who sent a request.
 *
 * @param client address, that of the proxy's client where the proxy is trusted
 * @param origin under which the request reached us, e.g. {@code http://127.0.0.1:8000}
 */
record Caller(Credential credential, InetAddress client, String origin) {

    boolean secure() {
        return origin.startsWith("https:");
    }
}

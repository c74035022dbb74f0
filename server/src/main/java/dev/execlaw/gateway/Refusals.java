package dev.execlaw.gateway;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What guests were refused since the start, by code. Any thread may use it. */
final class Refusals {

    /** A connection beyond those that one session may have. */
    static final String CONNECTIONS = "too_many_connections";
    /** What is no HTTP, or has too long a head. */
    static final String BAD_HTTP = "bad_http";
    /** A head or a body that was not whole in time. */
    static final String TOO_SLOW = "too_slow";

    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

    void count(String code) {
        counts.computeIfAbsent(code, _ -> new LongAdder()).increment();
    }

    /** The counts by now. */
    Map<String, Long> all() {
        Map<String, Long> all = new TreeMap<>();
        counts.forEach((code, count) -> all.put(code, count.sum()));
        return all;
    }
}

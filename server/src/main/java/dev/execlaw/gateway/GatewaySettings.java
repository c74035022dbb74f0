package dev.execlaw.gateway;

import java.time.Duration;

/**
 * Limits and times of the gateway.
 *
 * @param maxBodyBytes of one request
 * @param maxHeaderBytes of one request
 * @param maxAnswerBytes of one answer; a longer one is ended
 * @param maxOutputChars of a tool's output in an event; the model gets the whole, and the session keeps it
 * @param callsPerSession at the same time
 * @param connectionsPerSession at the same time
 * @param keepAlive silence after which a waiting guest gets a comment; agents give up after 60 s
 * @param coalesce how long text may wait to be joined with more before it becomes an event
 * @param connectTimeout to a provider
 * @param silence of a provider after which its call is given up
 * @param retries of a call of which nothing has come back yet
 * @param retryDelay before the first retry; doubles with each
 * @param requestTime within which a request's head must be whole, and then its body
 * @param roomBytes of memory for the requests of all sessions together, see {@link Room}
 */
public record GatewaySettings(
        int maxBodyBytes,
        int maxHeaderBytes,
        int maxAnswerBytes,
        int maxOutputChars,
        int callsPerSession,
        int connectionsPerSession,
        Duration keepAlive,
        Duration coalesce,
        Duration connectTimeout,
        Duration silence,
        int retries,
        Duration retryDelay,
        Duration requestTime,
        long roomBytes) {

    /** What a server does that is not told otherwise. */
    public static final GatewaySettings DEFAULTS = new GatewaySettings(
            32 << 20,
            16 << 10,
            32 << 20,
            64 << 10,
            8,
            32,
            Duration.ofSeconds(15),
            Duration.ofMillis(50),
            Duration.ofSeconds(10),
            Duration.ofMinutes(5),
            2,
            Duration.ofMillis(500),
            Duration.ofMinutes(1),
            Math.max(Runtime.getRuntime().maxMemory() / 2, Room.least(32 << 20)));

    public GatewaySettings {
        atLeast("maxBodyBytes", maxBodyBytes, 1024);
        atLeast("maxHeaderBytes", maxHeaderBytes, 1024);
        atLeast("maxAnswerBytes", maxAnswerBytes, 1024);
        atLeast("maxOutputChars", maxOutputChars, 16);
        atLeast("callsPerSession", callsPerSession, 1);
        atLeast("connectionsPerSession", connectionsPerSession, 1);
        atLeast("keepAlive (ms)", keepAlive.toMillis(), 1);
        atLeast("coalesce (ms)", coalesce.toMillis(), 0);
        atLeast("connectTimeout (ms)", connectTimeout.toMillis(), 1);
        atLeast("silence (ms)", silence.toMillis(), 1);
        atLeast("retries", retries, 0);
        atLeast("retryDelay (ms)", retryDelay.toMillis(), 0);
        atLeast("requestTime (ms)", requestTime.toMillis(), 1);
        atLeast("roomBytes", roomBytes, Room.least(maxBodyBytes));
    }

    private static void atLeast(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be at least " + least);
        }
    }
}

package dev.execlaw.microvm.firecracker.api;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One request of the API. Immutable; its JSON is the record's components in snake case, absent ones left out. */
public sealed interface ApiRequest permits Command, Query, RawRequest {

    Method method();

    /** Path with its leading slash. */
    String path();

    /** What is sent as JSON; null where the server takes no body. */
    @Nullable
    Object body();

    /** How long an answer may take unless the caller says otherwise. */
    default Duration deadline() {
        return Duration.ofSeconds(2);
    }

    /** How it is called in messages. */
    default String operation() {
        return method() + " " + path();
    }
}

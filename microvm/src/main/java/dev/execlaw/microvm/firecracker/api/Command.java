package dev.execlaw.microvm.firecracker.api;

import org.jspecify.annotations.Nullable;

/** A request that changes something and is answered by nothing but its success. */
public sealed interface Command extends ApiRequest
        permits Balloon, Boot, Control, Device, MemoryHotplug, Metadata, Observation, Snapshot {

    @Override
    default Method method() {
        return Method.PUT;
    }

    @Override
    default @Nullable Object body() {
        return this;
    }
}

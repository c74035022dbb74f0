package dev.execlaw.microvm.firecracker.api;

import org.jspecify.annotations.Nullable;

/** Memory that is plugged and unplugged while the guest runs (virtio-mem). */
public sealed interface MemoryHotplug extends Command {

    @Override
    default String path() {
        return "/hotplug/memory";
    }

    /** Makes the device; before start only. */
    record Configuration(
            long totalSizeMib,
            @Nullable Long slotSizeMib,
            @Nullable Long blockSizeMib) implements MemoryHotplug {}

    /** Asks the guest for another size; after start only. Unplugging is best effort. */
    record Update(long requestedSizeMib) implements MemoryHotplug {

        @Override
        public Method method() {
            return Method.PATCH;
        }
    }
}

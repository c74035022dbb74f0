package dev.execlaw.microvm.firecracker.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Saves and loads a whole machine but its disks. */
public sealed interface Snapshot extends Command {

    /**
     * Saves a paused machine. Both files are on the disk when this is answered. A memory file that a machine runs on
     * must never be named again: it is written in place.
     */
    record Create(
            JailPath snapshotPath,
            JailPath memFilePath,
            @Nullable Type snapshotType) implements Snapshot {

        /** Half a minute and a second more for each 16 MiB: what a slow disk was seen to take. */
        public static Duration deadline(int memoryMiB) {
            return Duration.ofSeconds(30 + memoryMiB / 16);
        }

        @Override
        public String path() {
            return "/snapshot/create";
        }

        @Override
        public Duration deadline() {
            return deadline(1024);
        }
    }

    /**
     * Loads into a fresh process. When it is refused, the process ends.
     *
     * @param clockRealtime moves the guest's kvmclock to the present (x86-64)
     */
    record Load(
            JailPath snapshotPath,
            MemoryBackend memBackend,
            @Nullable Boolean trackDirtyPages,
            @Nullable Boolean resumeVm,
            @Nullable List<NetworkOverride> networkOverrides,
            @Nullable VsockOverride vsockOverride,
            @Nullable Boolean clockRealtime,
            @Nullable HugePagesOnLoad hugePages)
            implements Snapshot {

        public Load {
            Objects.requireNonNull(memBackend, "memBackend");
            networkOverrides = networkOverrides == null ? null : List.copyOf(networkOverrides);
        }

        @Override
        public String path() {
            return "/snapshot/load";
        }

        @Override
        public Duration deadline() {
            return Duration.ofSeconds(30);
        }
    }

    /** Where the guest's memory comes from: a file, or a process that handles page faults behind a socket. */
    record MemoryBackend(BackendType backendType, JailPath backendPath) {}

    /** Another TAP device for a network card than the saved one. */
    record NetworkOverride(DeviceId ifaceId, String hostDevName) {}

    /** Another socket for vsock than the saved one. */
    record VsockOverride(JailPath udsPath) {}

    /** All of memory, or what changed since the last snapshot. */
    enum Type {
        @JsonProperty("Full")
        FULL,
        @JsonProperty("Diff")
        DIFF
    }

    /** Kind of a {@link MemoryBackend}. */
    enum BackendType {
        @JsonProperty("File")
        FILE,
        @JsonProperty("Uffd")
        UFFD
    }

    /** As {@link Boot.HugePages}, or as the snapshot says. */
    enum HugePagesOnLoad {
        @JsonProperty("Snapshot")
        SNAPSHOT,
        @JsonProperty("None")
        NONE,
        @JsonProperty("Transparent")
        TRANSPARENT,
        @JsonProperty("2M")
        TWO_MIB
    }
}

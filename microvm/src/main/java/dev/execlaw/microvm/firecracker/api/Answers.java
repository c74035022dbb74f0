package dev.execlaw.microvm.firecracker.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What queries are answered by, where that is not itself something that can be sent. */
public final class Answers {

    private Answers() {}

    /** Who an instance is. */
    public record InstanceInfo(String appName, InstanceId id, State state, String vmmVersion) {}

    /** In which state an instance is. */
    public enum State {
        @JsonProperty("Not started")
        NOT_STARTED,
        @JsonProperty("Running")
        RUNNING,
        @JsonProperty("Paused")
        PAUSED
    }

    /** Firecracker's version, without a leading v. */
    public record VersionInfo(String firecrackerVersion) {}

    /** All that was configured; what was not is null. The parts that this client does not read are left as JSON. */
    public record VmConfiguration(
            @JsonProperty("boot-source") @Nullable JsonNode bootSource,
            @JsonProperty("machine-config") Boot.@Nullable Machine machineConfig,
            @Nullable List<Device.Drive> drives,
            @JsonProperty("network-interfaces") @Nullable List<Device.NetworkCard> networkInterfaces,
            @Nullable List<JsonNode> pmem,
            @Nullable JsonNode balloon,
            @Nullable JsonNode vsock,
            @Nullable JsonNode entropy,
            @JsonProperty("cpu-config") @Nullable JsonNode cpuConfig,
            @JsonProperty("mmds-config") @Nullable JsonNode mmdsConfig,
            @JsonProperty("memory-hotplug") @Nullable JsonNode memoryHotplug) {}

    /** What the guest told of its memory, as far as its driver tells it: sizes in bytes, the rest counts. */
    public record BalloonStatistics(
            long targetPages,
            long actualPages,
            long targetMib,
            long actualMib,
            @Nullable Long swapIn,
            @Nullable Long swapOut,
            @Nullable Long majorFaults,
            @Nullable Long minorFaults,
            @Nullable Long freeMemory,
            @Nullable Long totalMemory,
            @Nullable Long availableMemory,
            @Nullable Long diskCaches,
            @Nullable Long hugetlbAllocations,
            @Nullable Long hugetlbFailures,
            @Nullable Long oomKill,
            @Nullable Long allocStall,
            @Nullable Long asyncScan,
            @Nullable Long directScan,
            @Nullable Long asyncReclaim,
            @Nullable Long directReclaim) {}

    /** How far a run of hinting is: the last command of each side. */
    public record HintingStatus(long hostCmd, @Nullable Long guestCmd) {}

    /** Sizes of the hotpluggable memory, MiB. */
    public record HotplugStatus(
            long totalSizeMib, long slotSizeMib, long blockSizeMib, long pluggedSizeMib, long requestedSizeMib) {}
}

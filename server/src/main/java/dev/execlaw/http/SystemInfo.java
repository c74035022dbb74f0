package dev.execlaw.http;

import dev.execlaw.session.KeyMode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What this server is and has: the response of {@code GET /system}.
 *
 * @param driverReason why this driver
 * @param isolation of a session with the default policy, in words
 * @param keyModes where the key of a session may be
 * @param refusals how often guests were refused something by the gateway since the start, by the code of the refusal
 * @param gaps what is not limited or not kept apart on this host although it should be
 */
public record SystemInfo(
        String version,
        String driver,
        String driverReason,
        Accelerator accelerator,
        Network network,
        String isolation,
        List<String> gaps,
        Host host,
        Capacity capacity,
        List<ImageInfo> images,
        List<ProviderInfo> providers,
        List<String> agents,
        List<KeyMode> keyModes,
        Defaults defaults,
        Map<String, Long> refusals,
        long uptimeSeconds) {

    public SystemInfo {
        gaps = List.copyOf(gaps);
        images = List.copyOf(images);
        providers = List.copyOf(providers);
        agents = List.copyOf(agents);
        refusals = Map.copyOf(refusals);
        keyModes = List.copyOf(keyModes);
    }

    /** What executes the guests' instructions, and why this. */
    public record Accelerator(String kind, String reason) {}

    /**
     * How machines are connected.
     *
     * @param mode {@code tap} or {@code user}
     * @param reason why in this way
     * @param obstacles what keeps packets of guests back although it should not
     */
    public record Network(String mode, String reason, String prefix, List<String> obstacles) {

        public Network {
            obstacles = List.copyOf(obstacles);
        }
    }

    /**
     * The machine that the server runs on.
     *
     * @param load1 load average of the last minute
     */
    public record Host(int cpus, long memoryTotalMiB, long memoryAvailableMiB, long diskFreeMiB, double load1) {}

    /**
     * Memory for machines.
     *
     * @param reservedMiB of it already promised to machines
     */
    public record Capacity(long memoryMiB, long reservedMiB) {}

    /** An image that machines can be made from. */
    public record ImageInfo(String id, String recipe, AgentInfo agent) {}

    /** The agent inside an image. */
    public record AgentInfo(String kind, String version) {}

    /**
     * A model provider.
     *
     * @param keyPresent whether the server holds a key for it
     */
    public record ProviderInfo(String id, String name, boolean needsKey, boolean keyPresent, List<String> models) {

        public ProviderInfo {
            models = List.copyOf(models);
        }
    }

    /** What a session gets when its creator does not say. */
    public record Defaults(String provider, @Nullable String model, String agent, int vcpus, int memoryMiB) {}
}

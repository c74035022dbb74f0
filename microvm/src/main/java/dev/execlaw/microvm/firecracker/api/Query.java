package dev.execlaw.microvm.firecracker.api;

import dev.execlaw.microvm.firecracker.api.Answers.BalloonStatistics;
import dev.execlaw.microvm.firecracker.api.Answers.HintingStatus;
import dev.execlaw.microvm.firecracker.api.Answers.HotplugStatus;
import dev.execlaw.microvm.firecracker.api.Answers.InstanceInfo;
import dev.execlaw.microvm.firecracker.api.Answers.VersionInfo;
import dev.execlaw.microvm.firecracker.api.Answers.VmConfiguration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A request that asks and changes nothing.
 *
 * @param <R> what it is answered by; fields that this client does not know are ignored
 */
public sealed interface Query<R> extends ApiRequest {

    Class<R> answer();

    @Override
    default Method method() {
        return Method.GET;
    }

    @Override
    default @Nullable Object body() {
        return null;
    }

    /** Who the instance is and in which state. */
    record Instance() implements Query<InstanceInfo> {
        @Override
        public String path() {
            return "/";
        }

        @Override
        public Class<InstanceInfo> answer() {
            return InstanceInfo.class;
        }
    }

    /** Firecracker's version. */
    record Version() implements Query<VersionInfo> {
        @Override
        public String path() {
            return "/version";
        }

        @Override
        public Class<VersionInfo> answer() {
            return VersionInfo.class;
        }
    }

    /** All that was configured. */
    record Configuration() implements Query<VmConfiguration> {
        @Override
        public String path() {
            return "/vm/config";
        }

        @Override
        public Class<VmConfiguration> answer() {
            return VmConfiguration.class;
        }
    }

    /** vCPUs and memory. */
    record MachineConfiguration() implements Query<Boot.Machine> {
        @Override
        public String path() {
            return "/machine-config";
        }

        @Override
        public Class<Boot.Machine> answer() {
            return Boot.Machine.class;
        }
    }

    /** The balloon's configuration. */
    record BalloonConfiguration() implements Query<Balloon.Configuration> {
        @Override
        public String path() {
            return "/balloon";
        }

        @Override
        public Class<Balloon.Configuration> answer() {
            return Balloon.Configuration.class;
        }
    }

    /** What the guest tells of its memory; only where the balloon was made with statistics. */
    record BalloonFigures() implements Query<BalloonStatistics> {
        @Override
        public String path() {
            return "/balloon/statistics";
        }

        @Override
        public Class<BalloonStatistics> answer() {
            return BalloonStatistics.class;
        }
    }

    /** How far a run of free page hinting is. */
    record Hinting() implements Query<HintingStatus> {
        @Override
        public String path() {
            return "/balloon/hinting/status";
        }

        @Override
        public Class<HintingStatus> answer() {
            return HintingStatus.class;
        }
    }

    /** How much of the hotpluggable memory is plugged. */
    record Hotplug() implements Query<HotplugStatus> {
        @Override
        public String path() {
            return "/hotplug/memory";
        }

        @Override
        public Class<HotplugStatus> answer() {
            return HotplugStatus.class;
        }
    }

    /** The metadata store. */
    record MetadataStore() implements Query<JsonNode> {
        @Override
        public String path() {
            return "/mmds";
        }

        @Override
        public Class<JsonNode> answer() {
            return JsonNode.class;
        }
    }
}

package dev.execlaw.microvm.firecracker.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the guest starts with. Only before it started; all but {@link Cpu} forbid a later load of a snapshot. */
public sealed interface Boot extends Command {

    /**
     * Kernel and its command line.
     *
     * @param bootArgs replaces Firecracker's defaults, at most 2,048 bytes; null for the defaults
     */
    record Source(
            JailPath kernelImagePath,
            @Nullable JailPath initrdPath,
            @Nullable String bootArgs) implements Boot {

        private static final int LONGEST = 2048;

        public Source {
            int length = bootArgs == null ? 0 : bootArgs.getBytes(StandardCharsets.UTF_8).length;
            if (length > LONGEST) {
                throw new IllegalArgumentException("the kernel's command line has " + length
                        + " bytes, Firecracker takes " + LONGEST + ": " + bootArgs);
            }
        }

        @Override
        public String path() {
            return "/boot-source";
        }
    }

    /** vCPUs and memory, whole. */
    record Machine(
            int vcpuCount,
            int memSizeMib,
            @Nullable Boolean smt,
            @Nullable Boolean trackDirtyPages,
            @Nullable HugePages hugePages,
            @Nullable String cpuTemplate)
            implements Boot {

        public Machine {
            if (vcpuCount < 1 || vcpuCount > 32) {
                throw new IllegalArgumentException("vcpuCount is " + vcpuCount + ", allowed are 1 to 32");
            }
            if (memSizeMib < 1) {
                throw new IllegalArgumentException("memSizeMib is " + memSizeMib + ", it must be at least 1");
            }
        }

        /** So many vCPUs and so much memory, the rest as Firecracker has it. */
        public static Machine of(int vcpus, int memoryMiB) {
            return new Machine(vcpus, memoryMiB, null, null, null, null);
        }

        @Override
        public String path() {
            return "/machine-config";
        }
    }

    /** Changes some of {@link Machine}; what is null stays. */
    record MachineUpdate(
            @Nullable Integer vcpuCount,
            @Nullable Integer memSizeMib,
            @Nullable Boolean smt,
            @Nullable Boolean trackDirtyPages,
            @Nullable HugePages hugePages)
            implements Boot {

        @Override
        public Method method() {
            return Method.PATCH;
        }

        @Override
        public String path() {
            return "/machine-config";
        }
    }

    /** A CPU template of one's own (docs/cpu_templates/cpu-templates.md of Firecracker). */
    record Cpu(
            @Nullable List<String> kvmCapabilities,
            @Nullable List<CpuidModifier> cpuidModifiers,
            @Nullable List<RegisterModifier> msrModifiers,
            @Nullable List<RegisterModifier> regModifiers,
            @Nullable List<FeatureModifier> vcpuFeatures)
            implements Boot {

        @Override
        public String path() {
            return "/cpu-config";
        }
    }

    /** Changes one CPUID leaf (x86-64). */
    record CpuidModifier(String leaf, String subleaf, int flags, List<CpuidRegister> modifiers) {}

    /** Changes one register of a leaf: {@code eax} to {@code edx}, and a bitmap of 0, 1 and x. */
    record CpuidRegister(String register, String bitmap) {}

    /** Changes a model specific register (x86-64) or a register (aarch64). */
    record RegisterModifier(String addr, String bitmap) {}

    /** Changes a vCPU feature (aarch64). */
    record FeatureModifier(int index, String bitmap) {}

    /** What the guest's memory is made of. */
    enum HugePages {
        /** Pages of 4 KiB. */
        @JsonProperty("None")
        NONE,
        /** Transparent huge pages; Firecracker 1.17 and newer. */
        @JsonProperty("Transparent")
        TRANSPARENT,
        /** 2 MiB pages of hugetlbfs; needs a pool. */
        @JsonProperty("2M")
        TWO_MIB
    }
}

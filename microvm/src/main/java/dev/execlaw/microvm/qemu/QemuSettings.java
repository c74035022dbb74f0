package dev.execlaw.microvm.qemu;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the driver needs to know of this host.
 *
 * @param binary QEMU's system emulator for x86-64, a name looked up in PATH or a path
 * @param cache directory where the accelerator's verdict is kept; exists
 * @param probeKernel kernel that a machine will boot, to try the accelerator with; null where none is known: then
 *     software emulation is taken
 * @param probeDeadline how long the probe guest may take
 * @param translationCacheMiB most memory for translated code of one machine under software emulation, 16 to 4096
 * @param consoleKept how many bytes of each console keep their disk space
 * @param cgroupParent cgroup under which each machine gets one, a directory below the cgroup2 file system
 *     ({@link dev.execlaw.microvm.cgroup.Cgroups#mount}); null for none
 * @param memoryOverheadMiB what QEMU may need in its cgroup beside the guest's memory and the translated code, 64 to 4096
 * @param mountView whether the VMM of a machine with an account sees its own files only. Without, the account must be able
 *     to pass all directories above those files
 */
public record QemuSettings(
        String binary,
        Path cache,
        @Nullable Path probeKernel,
        Duration probeDeadline,
        int translationCacheMiB,
        long consoleKept,
        @Nullable Path cgroupParent,
        int memoryOverheadMiB,
        boolean mountView) {

    public QemuSettings {
        Objects.requireNonNull(binary, "binary");
        Objects.requireNonNull(cache, "cache");
        if (translationCacheMiB < 16 || translationCacheMiB > 4096) {
            throw new IllegalArgumentException(
                    "translationCacheMiB is " + translationCacheMiB + ", allowed are 16 to 4096");
        }
        if (consoleKept < 64 * 1024) {
            throw new IllegalArgumentException("consoleKept is " + consoleKept + " bytes, it must be at least 65536");
        }
        if (memoryOverheadMiB < 64 || memoryOverheadMiB > 4096) {
            throw new IllegalArgumentException(
                    "memoryOverheadMiB is " + memoryOverheadMiB + ", allowed are 64 to 4096");
        }
    }

    /** The defaults: 4 s for the probe, 128 MiB of translated code, 64 MiB of console, no cgroups, views. */
    public static QemuSettings of(Path cache, @Nullable Path probeKernel) {
        return new QemuSettings(
                "qemu-system-x86_64",
                cache,
                probeKernel,
                Duration.ofSeconds(4),
                128,
                64L * 1024 * 1024,
                null,
                256,
                true);
    }

    /** The same with machines in cgroups under this one. */
    public QemuSettings withCgroupParent(Path parent) {
        return new QemuSettings(
                binary,
                cache,
                probeKernel,
                probeDeadline,
                translationCacheMiB,
                consoleKept,
                parent,
                memoryOverheadMiB,
                mountView);
    }

    /** The same with another deadline of the probe. */
    public QemuSettings withProbeDeadline(Duration deadline) {
        return new QemuSettings(
                binary,
                cache,
                probeKernel,
                deadline,
                translationCacheMiB,
                consoleKept,
                cgroupParent,
                memoryOverheadMiB,
                mountView);
    }
}

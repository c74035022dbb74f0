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
 */
public record QemuSettings(
        String binary,
        Path cache,
        @Nullable Path probeKernel,
        Duration probeDeadline,
        int translationCacheMiB,
        long consoleKept) {

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
    }

    /** The defaults: 4 s for the probe, 128 MiB of translated code, 64 MiB of console. */
    public static QemuSettings of(Path cache, @Nullable Path probeKernel) {
        return new QemuSettings(
                "qemu-system-x86_64", cache, probeKernel, Duration.ofSeconds(4), 128, 64L * 1024 * 1024);
    }

    /** The same with another deadline of the probe. */
    public QemuSettings withProbeDeadline(Duration deadline) {
        return new QemuSettings(binary, cache, probeKernel, deadline, translationCacheMiB, consoleKept);
    }
}

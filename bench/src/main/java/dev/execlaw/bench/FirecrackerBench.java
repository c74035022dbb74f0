package dev.execlaw.bench;

import dev.execlaw.microvm.firecracker.FirecrackerDriver;
import dev.execlaw.microvm.firecracker.FirecrackerSettings;
import dev.execlaw.microvm.machine.Driver.Accelerator;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Objects;

/**
 * What the Firecracker driver adds to a start: from the call to the answer to InstanceStart, against the double without a
 * guest behind it and without a jailer. The double is a Python program, whose own start is a good part of the figure. It
 * runs in a network namespace of its own.
 */
public final class FirecrackerBench {

    private static final int WARM_UP = 5;
    private static final int SAMPLES = 50;
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final Slot SLOT = NetworkPrefix.DEFAULT.slot(0);

    private FirecrackerBench() {}

    /**
     * Runs it.
     *
     * @param args launcher, data directory
     */
    public static void main(String[] args) throws IOException, InterruptedException, MachineException {
        if (!Namespace.inside(args)) {
            Namespace.enter(FirecrackerBench.class, args);
            return;
        }
        Path doubles = Objects.requireNonNull(Path.of(args[0]).toRealPath().getParent(), "checkout")
                .resolve("microvm/src/test/double");
        Path data = Files.createTempDirectory(Path.of(args[1]), "firecracker-bench-");
        try {
            Command.of("ip", "tuntap", "add", SLOT.tap(), "mode", "tap", "vnet_hdr")
                    .runOrThrow();
            FirecrackerDriver direct = FirecrackerDriver.open(
                    FirecrackerSettings.of(guestless(data, doubles), null, data),
                    new Accelerator("none", "no guest runs"));
            new Figures("Driver overhead: call to InstanceStart answered, by the double without a guest")
                    .add("call to answer", measure(direct, data), "ms", "<= 60 ms")
                    .print();
        } finally {
            Command.of("rm", "-rf", "--", data.toString()).runOrThrow();
        }
    }

    /** The double, told by its environment to run no guest. */
    private static Path guestless(Path data, Path doubles) throws IOException {
        Path script = data.resolve("firecracker");
        Files.writeString(
                script,
                "#!/bin/sh\nFIRECRACKER_DOUBLE_FAULT=no-guest exec '" + doubles.resolve("firecracker-double")
                        + "' \"$@\"\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        return script;
    }

    private static double[] measure(FirecrackerDriver driver, Path data) throws IOException, MachineException {
        double[] millis = new double[SAMPLES];
        for (int i = -WARM_UP; i < SAMPLES; i++) {
            Path directory = Files.createTempDirectory(data, "machine-");
            try (Machine machine = driver.create(spec(directory))) {
                long begin = System.nanoTime();
                machine.start(DEADLINE);
                if (i >= 0) {
                    millis[i] = (System.nanoTime() - begin) / 1e6;
                }
            }
        }
        return millis;
    }

    private static MachineSpec spec(Path directory) throws IOException {
        Path kernel = Files.write(directory.resolve("kernel"), elf());
        Path disk = directory.resolve("disk.raw");
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(1 << 20);
        }
        return new MachineSpec(
                "bench-" + Long.toString(System.nanoTime(), 36),
                directory,
                new MachineSpec.Boot(kernel, null, "console=ttyS0 reboot=k panic=1 pci=off"),
                new MachineSpec.Disk(disk, MachineSpec.Disk.Format.RAW),
                1,
                128,
                new MachineSpec.Nic.Tap(SLOT),
                Limits.NONE,
                null);
    }

    /** The header of a kernel, which is all that is looked at where no guest runs. */
    private static byte[] elf() {
        return ByteBuffer.allocate(4096)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0, 0x464c457f)
                .put(4, (byte) 2)
                .put(5, (byte) 1)
                .putShort(16, (short) 2)
                .putShort(18, (short) 62)
                .array();
    }
}

package dev.execlaw.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.network.EgressPolicy;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.network.TapNetwork;
import dev.execlaw.microvm.network.TapSettings;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.qemu.QemuDriver;
import dev.execlaw.microvm.qemu.QemuSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * What a guest sends to its gateway through a TAP device and our rules, by one TCP connection: a machine of the image
 * {@code debian} under QEMU writes zeros, this program reads them. It runs in a network namespace of its own.
 */
public final class ThroughputBench {

    private static final int MEBIBYTES = 256;
    private static final int SAMPLES = 5;
    private static final int GATEWAY_PORT = 8787;
    private static final Duration BOOT = Duration.ofMinutes(2);
    private static final String PROMPT = "\u001b]133;B";

    private ThroughputBench() {}

    /**
     * Runs it.
     *
     * @param args launcher, data directory
     */
    public static void main(String[] args) throws IOException, InterruptedException, MachineException {
        if (!Namespace.inside(args)) {
            Command.of(args[0], "image", "build", "debian", "--data-dir", args[1])
                    .tied()
                    .timeout(Duration.ofMinutes(5))
                    .runOrThrow();
            Namespace.enter(ThroughputBench.class, args);
            return;
        }
        Path data = Path.of(args[1]);
        Image image = new ImageStore(data).require("debian");
        Path directory = Files.createTempDirectory(data, "throughput-bench-");
        Slot slot = NetworkPrefix.DEFAULT.slot(0);
        QemuDriver driver = QemuDriver.open(QemuSettings.of(directory, image.kernel()));
        try (TapNetwork network = TapNetwork.open(TapSettings.of(NetworkPrefix.DEFAULT, directory))) {
            network.attach(slot, null, new EgressPolicy.Internet());
            try (ServerSocket server = new ServerSocket(GATEWAY_PORT, 1, InetAddress.getByName(slot.gateway()));
                    Machine machine = driver.create(spec(driver, image, directory, slot))) {
                machine.start(Duration.ofSeconds(20));
                new Figures("Guest to gateway through a TAP device, QEMU, "
                                + driver.accelerator().kind())
                        .add("one TCP connection, " + MEBIBYTES + " MiB", measure(machine, server, slot), "MB/s", "")
                        .print();
            }
            network.detach(slot);
        } finally {
            Command.of("rm", "-rf", "--", directory.toString()).runOrThrow();
        }
    }

    private static double[] measure(Machine machine, ServerSocket server, Slot slot)
            throws IOException, InterruptedException {
        double[] rates = new double[SAMPLES];
        server.setSoTimeout((int) BOOT.toMillis());
        for (int i = 0; i < SAMPLES; i++) {
            awaitPrompts(machine.console(), i + 1);
            machine.console()
                    .write(("head -c " + MEBIBYTES + "M /dev/zero > /dev/tcp/" + slot.gateway() + "/" + GATEWAY_PORT
                                    + "\n")
                            .getBytes(US_ASCII));
            try (Socket socket = server.accept();
                    InputStream in = socket.getInputStream()) {
                socket.setSoTimeout((int) BOOT.toMillis());
                long begin = System.nanoTime();
                long bytes = in.transferTo(OutputStream.nullOutputStream());
                rates[i] = bytes / ((System.nanoTime() - begin) / 1e9) / 1e6;
            }
        }
        return rates;
    }

    /** Waits until the shell has shown its prompt so many times. */
    private static void awaitPrompts(Console console, int count) throws IOException, InterruptedException {
        StringBuilder seen = new StringBuilder();
        long until = System.nanoTime() + BOOT.toNanos();
        byte[] buffer = new byte[8192];
        try (Console.Reader reader = console.reader(0)) {
            while (seen.toString().split(Pattern.quote(PROMPT), -1).length <= count) {
                int n = reader.read(buffer, Duration.ofNanos(Math.max(1, until - System.nanoTime())));
                if (n <= 0) {
                    throw new IOException(
                            "no prompt number " + count + " on the console; it ended with: " + console.tail(500));
                }
                seen.append(new String(buffer, 0, n, ISO_8859_1));
            }
        }
    }

    private static MachineSpec spec(QemuDriver driver, Image image, Path directory, Slot slot) throws MachineException {
        String arguments = "console=ttyS0 reboot=k panic=1 pci=off ip=" + slot.guest() + "::" + slot.gateway() + ":"
                + slot.netmask() + ":bench:eth0:off";
        return new MachineSpec(
                "throughput",
                directory,
                new MachineSpec.Boot(image.kernel(), image.initramfs(), arguments),
                driver.cloneDisk(image.rootfs(), directory).disk(),
                2,
                1024,
                new MachineSpec.Nic.Tap(slot),
                Limits.NONE,
                null);
    }
}

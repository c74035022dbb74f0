package dev.execlaw.microvm.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.console.ConsoleParser;
import dev.execlaw.microvm.console.ConsoleTokens;
import dev.execlaw.microvm.console.Mark;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Boot;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.MachineSpec.Nic;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.Slot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The tests' guest: busybox on a stock kernel, spoken to by its prompt marks. */
public final class TestGuest implements AutoCloseable {

    public static final Path FILES = Path.of(System.getProperty("execlaw.test.guest"));
    public static final Slot SLOT = NetworkPrefix.DEFAULT.slot(77);
    public static final Duration START = Duration.ofSeconds(20);

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Console.Reader reader;
    private final Console console;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private @Nullable Mark last;
    private final ConsoleParser parser = new ConsoleParser(new ConsoleTokens() {
        @Override
        public void text(byte[] bytes) {
            text.writeBytes(bytes);
        }

        @Override
        public void mark(Mark mark) {
            last = mark;
            if (mark.kind() == Mark.Kind.OUTPUT) {
                text.reset();
            } else if (mark.kind() == Mark.Kind.COMMAND_DONE) {
                output = text.toString(UTF_8);
                status = mark.exit();
            }
        }
    });

    private String output = "";
    private @Nullable Integer status;

    public TestGuest(Machine machine, long offset) throws IOException {
        this.console = machine.console();
        this.reader = console.reader(offset);
    }

    public static Path kernel() {
        assertThat(FILES.resolve("vmlinuz"))
                .as("the tests' guest; make it with build/test-guest/make " + FILES + " CACHE_DIRECTORY")
                .exists();
        return FILES.resolve("vmlinuz");
    }

    public static MachineSpec spec(Path directory, Disk disk, int vcpus, String more) {
        String arguments = "console=ttyS0 reboot=k panic=1 pci=off ip=" + SLOT.guest() + "::" + SLOT.gateway() + ":"
                + SLOT.netmask() + ":nullclaw:eth0:off " + more;
        return new MachineSpec(
                "test-" + directory.getFileName().toString().replaceAll("[^a-z0-9]", ""),
                directory,
                new Boot(kernel(), FILES.resolve("initramfs"), arguments),
                disk,
                vcpus,
                192,
                new Nic.User(SLOT, directory.resolve("gw.sock"), 8787),
                Limits.NONE,
                null);
    }

    public static Disk disk(Path directory) throws IOException {
        Path file = directory.resolve("disk.raw");
        if (!Files.exists(file)) {
            try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
                disk.setLength(16 << 20);
            }
        }
        return new Disk(file, Disk.Format.RAW);
    }

    /** Waits until the guest takes a command. */
    public TestGuest awaitPrompt() throws Exception {
        long until = System.nanoTime() + PATIENCE.toNanos();
        byte[] buffer = new byte[32 * 1024];
        while (last == null || last.kind() != Mark.Kind.INPUT) {
            int n = reader.read(buffer, Duration.ofNanos(Math.max(0, until - System.nanoTime())));
            assertThat(n)
                    .as("console bytes before a prompt; seen: " + console.tail(2000))
                    .isPositive();
            parser.accept(buffer, 0, n);
        }
        return this;
    }

    /** Sends a command line and does not wait. */
    public void send(String command) throws IOException {
        last = null;
        console.write((command + "\n").getBytes(UTF_8));
    }

    /** Runs a command; gives back what it wrote. */
    public String run(String command) throws Exception {
        send(command);
        awaitPrompt();
        return output.replace("\r", "");
    }

    /** What the last command wrote. */
    public String output() {
        return output.replace("\r", "");
    }

    public @Nullable Integer status() {
        return status;
    }

    public long offset() {
        return reader.offset();
    }

    @Override
    public void close() {
        reader.close();
    }
}

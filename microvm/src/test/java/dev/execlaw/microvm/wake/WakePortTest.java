package dev.execlaw.microvm.wake;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.image.GuestFile;
import dev.execlaw.microvm.network.NetworkPrefix;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Host and guest against each other: the real program of the guest, as a process. */
class WakePortTest {

    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final Identity CLONE =
            new Identity(NetworkPrefix.DEFAULT.slot(300), "clone-300", "0123456789abcdef0123456789abcdef");

    @TempDir
    private Path directory;

    private GuestScript guest;
    private WakePort port;

    @BeforeEach
    void start() throws IOException {
        guest = new GuestScript(directory);
        port = port(Instant::now);
    }

    @AfterEach
    void stop() {
        guest.close();
    }

    private WakePort port(InstantSource clock) {
        return new WakePort("m", _ -> guest.connect(), clock, new Random(1), Duration.ofDays(1));
    }

    @Test
    void aCloneBecomesSomeoneElse() throws Exception {
        byte[] secret = "{\"key\": \"\\u0000 ü\"}\n".getBytes(UTF_8);
        Wake wake = new Wake(
                CLONE,
                List.of(
                        new GuestFile("/root/.nullclaw/config.json", secret, 0600),
                        new GuestFile("/etc/empty", new byte[0], 0644)),
                false);
        port.wake(wake, DEADLINE);

        assertThat(guest.inside("ip", "-o", "link", "show", "eth0")).contains("02:fc:00:00:01:2c", "UP");
        assertThat(guest.inside("ip", "-4", "-o", "addr", "show", "eth0"))
                .contains("inet 10.200.4.178/30")
                .doesNotContain("10.200.0.2");
        assertThat(guest.inside("ip", "route")).contains("default via 10.200.4.177 dev eth0");
        assertThat(guest.inside("hostname")).isEqualTo("clone-300\n");
        assertThat(guest.text("etc/hostname")).isEqualTo("clone-300\n");
        assertThat(guest.text("etc/hosts"))
                .isEqualTo("127.0.0.1 localhost\n127.0.1.1 clone-300\n10.200.4.177 gateway.execlaw gateway.local\n");
        assertThat(guest.text("etc/machine-id")).isEqualTo(CLONE.machineId() + "\n");
        assertThat(guest.text("run/machine-id")).isEqualTo(CLONE.machineId() + "\n");
        assertThat(guest.text("kernel")).isEqualTo("entropy 64\n");

        Path config = guest.root.resolve("root/.nullclaw/config.json");
        assertThat(config).isSymbolicLink().hasBinaryContent(secret);
        assertThat(config.toRealPath()).isEqualTo(guest.root.resolve("run/execlaw/own/root/.nullclaw/config.json"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(config)))
                .isEqualTo("rw-------");
        assertThat(guest.root.resolve("etc/empty")).isSymbolicLink().isEmptyFile();
        assertThat(guest.root.resolve("run/execlaw/released")).doesNotExist();
    }

    @Test
    void theSameTwiceIsTheSame() throws Exception {
        Wake wake = new Wake(CLONE, List.of(new GuestFile("/etc/own", new byte[] {1}, 0400)), true);
        port.wake(wake, DEADLINE);
        String boot = bootId();
        String link = guest.inside("cat", "/sys/class/net/eth0/carrier_changes");
        port.wake(wake, DEADLINE);
        assertThat(bootId()).isEqualTo(boot);
        assertThat(guest.root.resolve("etc/own")).hasBinaryContent(new byte[] {1});
        assertThat(guest.inside("cat", "/sys/class/net/eth0/carrier_changes")).isEqualTo(link);
    }

    private String bootId() throws Exception {
        return guest.inside("cat", guest.root + "/proc/sys/kernel/random/boot_id");
    }

    @Test
    void everyMachineHasABootIdOfItsOwnAndOneMountForIt() throws Exception {
        port.settle(DEADLINE);
        assertThat(bootId()).startsWith("11111111-");
        port.wake(new Wake(CLONE, List.of(), false), DEADLINE);
        String first = bootId();
        assertThat(first).matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n");
        Identity other = new Identity(CLONE.slot(), "fork", "f".repeat(32));
        port.wake(new Wake(other, List.of(), false), DEADLINE);
        assertThat(bootId()).isNotEqualTo(first).hasSize(37);
        assertThat(guest.inside("cat", "/proc/self/mountinfo").lines().filter(l -> l.contains("/boot_id")))
                .hasSize(1);
    }

    @Test
    void aLaterAndAnEarlierClockAreTold() throws Exception {
        Instant later = Instant.now().plus(Duration.ofDays(40));
        port(() -> later).wake(Wake.UP, DEADLINE);
        Instant earlier = Instant.now().minus(Duration.ofHours(1));
        port(() -> earlier).wake(Wake.UP, DEADLINE);
        List<Instant> told = guest.text("kernel")
                .lines()
                .filter(line -> line.startsWith("clock "))
                .map(line -> Long.parseLong(line.substring(6)))
                .map(nanos -> Instant.ofEpochSecond(0, nanos))
                .toList();
        assertThat(told).hasSize(2);
        assertThat(told.get(0)).isBetween(later, later.plusSeconds(10));
        assertThat(told.get(1)).isBetween(earlier, earlier.plusSeconds(10));
    }

    @Test
    void aTimeThatWasLongOnItsWayIsToldAgainAndTheRestIsNot() throws Exception {
        WakePort exact = new WakePort("m", _ -> guest.connect(), Instant::now, new Random(1), Duration.ZERO);
        exact.wake(new Wake(CLONE, List.of(), false), DEADLINE);
        assertThat(guest.text("kernel").lines().filter(line -> line.startsWith("entropy ")))
                .hasSize(3);
        assertThat(guest.text("etc/hostname")).isEqualTo("clone-300\n");
    }

    @Test
    void whoWaitsIsReleasedAndWhoComesLaterDoesNotWait() throws Exception {
        port.wake(Wake.UP, DEADLINE);
        String go = guest.root.resolve("run/execlaw/go").toString();
        Process waits = new ProcessBuilder("sh", "-c", ": < \"$0\"", go).start();
        Process asWell = new ProcessBuilder("sh", "-c", ": < \"$0\"", go).start();
        assertThat(waits.waitFor(300, TimeUnit.MILLISECONDS)).isFalse();
        port.wake(new Wake(null, List.of(), true), DEADLINE);
        assertThat(waits.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(asWell.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(guest.root.resolve("run/execlaw/released")).exists();
        Process late = new ProcessBuilder("sh", "-c", ": < \"$0\"", go).start();
        assertThat(late.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whatItCannotDoIsToldInItsWords() throws Exception {
        Files.createDirectories(guest.root.resolve("etc/taken"));
        Wake wake = new Wake(CLONE, List.of(new GuestFile("/etc/taken", new byte[] {1}, 0400)), true);
        assertThatThrownBy(() -> port.wake(wake, DEADLINE))
                .isInstanceOf(WakeException.class)
                .hasMessage("m: the guest could not do it: /etc/taken is a directory");
        assertThat(guest.root.resolve("run/execlaw/released")).doesNotExist();
        port.wake(Wake.UP, DEADLINE);
    }

    @Test
    void itIsNotSettledWhileItsProcessorsWork() throws Exception {
        CountDownLatch begun = new CountDownLatch(2);
        Thread busy = Thread.ofVirtual().start(() -> {
            for (long ticks = 0; !Thread.currentThread().isInterrupted(); ticks += 10) {
                try {
                    guest.file("proc/stat.new", "cpu  " + ticks + " 0 0 100 0 0 0 0 0 0\n");
                    Files.move(
                            guest.root.resolve("proc/stat.new"),
                            guest.root.resolve("proc/stat"),
                            StandardCopyOption.ATOMIC_MOVE);
                    begun.countDown();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        try {
            begun.await();
            assertThatThrownBy(() -> port.settle(Duration.ofSeconds(4)))
                    .hasMessageMatching("m: the guest could not do it: not quiet within 3500 ms: .* busy to 100 %");
        } finally {
            busy.interrupt();
            busy.join();
        }
        port.settle(DEADLINE);
    }

    @Test
    void afterAMessageThatWasCutOffTheNextIsUnderstood() throws Exception {
        byte[] whole =
                WakeMessage.framed("00000000000000aa", WakeMessage.wake(Instant.now(), " entropy=" + "ab".repeat(64)));
        for (int length : new int[] {1, 10, 60, whole.length - 2, whole.length - 1}) {
            try (ByteChannel died = guest.connect()) {
                died.write(ByteBuffer.wrap(whole, 0, length));
            }
            port.wake(Wake.UP, DEADLINE);
        }
        // The same on one stream that nobody closes in between, as a port that lives on in a saved machine.
        try (ByteChannel channel = guest.connect()) {
            channel.write(ByteBuffer.wrap(whole, 0, whole.length / 2));
            channel.write(ByteBuffer.wrap("x".repeat(3 << 20).getBytes(US_ASCII)));
            channel.write(ByteBuffer.wrap(whole));
            WakeAnswer answer = new WakeAnswer("00000000000000aa");
            while (!answer.complete()) {
                ByteBuffer buffer = ByteBuffer.allocate(100);
                assertThat(channel.read(buffer)).isPositive();
                answer.add(buffer.flip());
            }
            assertThat(answer.error()).isNull();
        }
    }

    @Test
    void filesAsLargeAsAMessageMayBeArrive() throws Exception {
        byte[] large = new byte[500_000];
        new Random(7).nextBytes(large);
        port.wake(new Wake(null, List.of(new GuestFile("/large", large, 0600)), false), DEADLINE);
        assertThat(guest.root.resolve("large")).hasBinaryContent(large);
        GuestFile tooLarge = new GuestFile("/large", new byte[600_000], 0600);
        assertThatThrownBy(() -> port.wake(new Wake(null, List.of(tooLarge), false), DEADLINE))
                .isInstanceOf(WakeException.class)
                .hasMessageContaining("at most 1048512 can be told");
    }

    @Test
    void whatTheAgentRunsIsEndedAndNotTheAgent() throws Exception {
        Path console = guest.root.resolve("console");
        assertThat(guest.inside("mkfifo", console.toString())).isEmpty();
        guest.file("someagent", "echo here; setsid -w sleep 300; sleep 301; echo goes on; read -r word; echo $word\n");
        assertThatThrownBy(() -> interrupted())
                .isInstanceOf(WakeException.class)
                .hasMessage("m: the guest could not do it: no someagent on the console");
        // Who builds in the background has SIGINT ignored, and so would its tools.
        Process agent = guest.begin(
                "env",
                "--default-signal=INT",
                "sh",
                "-c",
                "exec sh %1$s/someagent agent <>%1$s/console".formatted(guest.root));
        try (BufferedReader lines = agent.inputReader(UTF_8)) {
            assertThat(lines.readLine()).isEqualTo("here");
            endTools(2);
            assertThat(lines.readLine()).isEqualTo("goes on");
            assertThat(interrupted()).as("it runs nothing by now").isZero();
            Files.writeString(console, "done\n");
            assertThat(lines.readLine()).isEqualTo("done");
            assertThat(agent.waitFor()).isZero();
        } finally {
            agent.destroyForcibly().waitFor();
        }
    }

    private int interrupted() throws WakeException {
        return port.interrupt("/bin/someagent", Duration.ofSeconds(1), DEADLINE);
    }

    /** Asks until so many have been ended: one may be about to begin. */
    private void endTools(int count) throws WakeException {
        long until = System.nanoTime() + DEADLINE.toNanos();
        for (int ended = 0; ended < count; ended += interrupted()) {
            assertThat(System.nanoTime()).as("%s ended so far", ended).isLessThan(until);
        }
    }
}

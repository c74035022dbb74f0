package dev.execlaw.microvm.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.process.Account;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.HostProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process is killed while it attaches and detaches slots; the next one finds and removes all that is left. */
@Timeout(180)
class KilledTest {

    private static final int ROUNDS = 8;
    private static final int SLOTS = 6;

    @TempDir
    private Path directory;

    @Test
    void whateverAKilledProcessLeavesIsSeenAndRemoved() throws Exception {
        Random random = new Random(20260101);
        int leftovers = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Path began = directory.resolve("began-" + round);
            HostProcess child = HostProcess.start(Command.of(
                    ProcessHandle.current().info().command().orElseThrow(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Child.class.getName(),
                    directory.toString(),
                    began.toString()));
            try (child) {
                await(began, child);
                // Some moment of the work, which goes round and round.
                assertThat(child.awaitExit(Duration.ofMillis(random.nextInt(150))))
                        .isFalse();
                child.kill(Duration.ofSeconds(10));
            }
            leftovers += assertSeenAndRemoved();
        }
        assertThat(leftovers).as("slots left by killed processes").isPositive();
    }

    private int assertSeenAndRemoved() throws Exception {
        try (TapNetwork network = TapNetwork.open(TapSettings.of(NetworkPrefix.DEFAULT, directory))) {
            Set<Integer> left = network.attached();
            for (int index : left) {
                network.detach(NetworkPrefix.DEFAULT.slot(index));
            }
            assertThat(network.attached()).isEmpty();
            assertThat(Command.of("ip", "-o", "link").runOrThrow().stdout()).doesNotContain("fctap");
            assertThat(Command.of("nft", "list", "table", "inet", "execlaw")
                            .runOrThrow()
                            .stdout())
                    .doesNotContain("\"fctap", "02:fc", "10.200.0.2", "10.200.0.1");
            network.release();
            return left.size();
        }
    }

    private static void await(Path file, HostProcess child) {
        long until = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!Files.exists(file)) {
            assertThat(child.awaitExit(Duration.ofMillis(20)))
                    .as("the child ended early")
                    .isFalse();
            assertThat(System.nanoTime()).as("until the child has begun").isLessThan(until);
        }
    }

    /** Attaches and detaches slots until it is killed. */
    static final class Child {

        private Child() {}

        public static void main(String[] args) throws Exception {
            TapNetwork network = TapNetwork.open(TapSettings.of(NetworkPrefix.DEFAULT, Path.of(args[0])));
            for (int lane = 0; lane < 2; lane++) {
                int first = lane * SLOTS;
                Thread.ofPlatform().start(() -> work(network, first, Path.of(args[1])));
            }
        }

        private static void work(TapNetwork network, int first, Path began) {
            EgressPolicy list = new EgressPolicy.Allowlist(java.util.List.of(Destination.parse("203.0.113.0/24")));
            try {
                for (int i = 0; true; i++) {
                    Slot slot = NetworkPrefix.DEFAULT.slot(first + i % SLOTS);
                    network.attach(slot, new Account(61_000, 61_000), list);
                    network.detach(NetworkPrefix.DEFAULT.slot(first + (i + SLOTS - 2) % SLOTS));
                    if (i == 3 && first == 0) {
                        Files.createFile(began);
                    }
                }
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }
}

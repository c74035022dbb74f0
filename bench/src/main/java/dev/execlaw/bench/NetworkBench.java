package dev.execlaw.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.execlaw.microvm.network.EgressPolicy;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.network.TapNetwork;
import dev.execlaw.microvm.network.TapSettings;
import dev.execlaw.microvm.process.Account;
import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Attaching and detaching a slot (TAP device, address, rules) beside 10, 100, 1,000 and 10,000 others, and reading its
 * counters. It runs in a network namespace of its own. The last 9,000 slots are rules only, without devices.
 */
public final class NetworkBench {

    private static final int SAMPLES = 100;
    private static final int DEVICES = 1000;
    private static final List<Integer> BESIDE = List.of(10, 100, DEVICES, 10_000);

    private NetworkBench() {}

    /**
     * Runs it.
     *
     * @param args launcher, data directory
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        if (Namespace.inside(args)) {
            measure(Path.of(args[1]));
        } else {
            Namespace.enter(NetworkBench.class, args);
        }
    }

    private static void measure(Path data) throws IOException, InterruptedException {
        Path state = Files.createTempDirectory(data, "network-bench-");
        Figures figures = new Figures("Network slots: TAP device, address and rules");
        try (TapNetwork network = TapNetwork.open(TapSettings.of(NetworkPrefix.DEFAULT, state))) {
            int rules = rules();
            int there = 0;
            for (int beside : BESIDE) {
                for (; there < Math.min(beside, DEVICES); there++) {
                    network.attach(NetworkPrefix.DEFAULT.slot(there), null, new EgressPolicy.Internet());
                }
                if (beside > there) {
                    bulk(there, beside);
                    there = beside;
                }
                measure(figures, network, beside);
            }
            figures.add("rules, with 0 and with 10,000 slots", rules + " and " + rules(), "equal");
        } finally {
            Command.of("rm", "-rf", "--", state.toString()).runOrThrow();
        }
        figures.print();
    }

    private static void measure(Figures figures, TapNetwork network, int beside) throws IOException {
        double[] attach = new double[SAMPLES];
        double[] detach = new double[SAMPLES];
        double[] traffic = new double[SAMPLES];
        for (int i = 0; i < SAMPLES; i++) {
            Slot slot = NetworkPrefix.DEFAULT.slot(Slot.COUNT - 1 - i);
            Account owner = new Account(70_000 + i, 70_000 + i);
            attach[i] = millis(() -> network.attach(slot, owner, new EgressPolicy.Internet()));
            traffic[i] = millis(() -> network.traffic(slot));
            detach[i] = millis(() -> network.detach(slot));
        }
        String others = " beside " + beside;
        figures.add("attach" + others, attach, "ms", beside == DEVICES ? "<= 15 ms" : "");
        figures.add("detach" + others, detach, "ms", beside == DEVICES ? "<= 15 ms" : "");
        figures.add("counters" + others, traffic, "ms", "");
    }

    private static double millis(Work work) throws IOException {
        long begin = System.nanoTime();
        work.run();
        return (System.nanoTime() - begin) / 1e6;
    }

    /** Rules of slots that have no devices, all in one step. */
    private static void bulk(int from, int to) throws IOException, InterruptedException {
        StringBuilder statements = new StringBuilder();
        for (int index = from; index < to; index++) {
            Slot slot = NetworkPrefix.DEFAULT.slot(index);
            for (String set : List.of("taps", "sent", "received", "dropped", "internet")) {
                add(statements, set, slot.tap());
            }
            add(statements, "guests", slot.tap() + " . " + slot.mac() + " . " + slot.guest());
            add(statements, "guest_addresses", slot.guest());
            add(statements, "gateway_addresses", slot.gateway());
            add(statements, "gateways", slot.tap() + " . " + slot.gateway());
        }
        Command.of("nft", "-f", "-")
                .input(statements.toString().getBytes(UTF_8))
                .runOrThrow();
    }

    private static void add(StringBuilder statements, String set, String element) {
        statements
                .append("add element inet execlaw ")
                .append(set)
                .append(" { ")
                .append(element)
                .append(" }\n");
    }

    private static int rules() throws IOException, InterruptedException {
        String table = Command.of("nft", "-a", "-t", "list", "table", "inet", "execlaw")
                .runOrThrow()
                .stdout();
        return (int) table.lines()
                .filter(line -> line.contains("# handle") && !line.contains("{ # handle"))
                .count();
    }

    /** Something whose time is taken. */
    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }
}

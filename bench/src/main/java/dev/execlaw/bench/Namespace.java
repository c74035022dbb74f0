package dev.execlaw.bench;

import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Runs a benchmark again in a network namespace of its own, where devices and rules are nobody's business. */
final class Namespace {

    private static final String INSIDE = "inside";

    private Namespace() {}

    /** Whether this process is the one inside. */
    static boolean inside(String[] args) {
        return Arrays.asList(args).contains(INSIDE);
    }

    /** Runs the benchmark inside and waits; it is given the same arguments and one more. */
    static void enter(Class<?> benchmark, String[] args) throws IOException, InterruptedException {
        String java = ProcessHandle.current().info().command().orElseThrow();
        List<String> line = new ArrayList<>(List.of(
                "unshare",
                "--net",
                "sh",
                "-c",
                "ip link set lo up && exec \"$@\"",
                "sh",
                java,
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                benchmark.getName()));
        line.addAll(Arrays.asList(args));
        line.add(INSIDE);
        Command.of(line)
                .tied()
                .timeout(Duration.ofMinutes(9))
                .onLine(System.out::println)
                .runOrThrow();
    }
}

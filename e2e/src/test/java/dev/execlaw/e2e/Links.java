package dev.execlaw.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The links of the network namespace in which the tests run. Over loopback alone Chromium believes to be offline at all
 * times and tells its pages nothing when it is taken offline; so this adds a link that leads nowhere.
 */
final class Links implements AutoCloseable {

    private static final String UPLINK = "uplink";

    private boolean silent;

    Links() throws IOException, InterruptedException {
        if (!privateNamespace()) {
            throw new IllegalStateException("this process shares the network of its parent, whose links must stay as"
                    + " they are; start the tests with ./execlaw test, which makes a network namespace");
        }
        ip("link", "add", UPLINK, "type", "veth", "peer", "name", "nowhere");
        ip("address", "add", "192.0.2.1/24", "dev", UPLINK);
        ip("link", "set", "nowhere", "up");
        ip("link", "set", UPLINK, "up");
    }

    /** From now on nothing that is sent arrives, and nobody is told. */
    void silence() throws IOException, InterruptedException {
        silent = true;
        ip("link", "set", "lo", "down");
    }

    void restore() throws IOException, InterruptedException {
        ip("link", "set", "lo", "up");
        silent = false;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        if (silent) {
            restore();
        }
        ip("link", "delete", UPLINK);
    }

    private static void ip(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(command + " took longer than 10 s");
        }
        if (process.exitValue() != 0) {
            throw new AssertionError(command + " ended with " + process.exitValue() + ": "
                    + new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static boolean privateNamespace() throws IOException {
        long parent = ProcessHandle.current().parent().orElseThrow().pid();
        Path own = Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
        try {
            return !own.equals(Files.readSymbolicLink(Path.of("/proc/" + parent + "/ns/net")));
        } catch (AccessDeniedException _) {
            return true; // the parent is in another user namespace, and with that in another network namespace
        }
    }
}

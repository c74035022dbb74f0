package dev.execlaw.microvm.wake;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.execlaw.microvm.machine.MachineException;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The guest's own wake-up program as a process of this host: in namespaces of its own, with a network card {@code eth0}
 * and a tree of files that is the test's. It leaves the host's clock and random numbers alone and notes in the file {@code
 * kernel} what it would have told them.
 */
final class GuestScript implements AutoCloseable {

    private static final String GUEST = "/dev/execlaw/guest/";
    private static final String PROGRAMS = "/usr/local/lib/execlaw/";
    private static final String SETUP = """
            hostname nullclaw
            ip link set lo up
            ip link add eth0 type veth peer name far
            ip link set far up
            ip addr add 10.200.0.2/30 dev eth0
            ip link set eth0 up
            ip route add default via 10.200.0.1
            exec perl "$0"
            """;

    final Path root;
    private final Path socket;
    private final Path log;
    private final Process process;

    GuestScript(Path directory) throws IOException {
        root = Files.createDirectories(directory.resolve("root"));
        socket = directory.resolve("port");
        log = directory.resolve("log");
        file("etc/hosts", "127.0.0.1 localhost\n127.0.1.1 nullclaw\n");
        file("etc/hostname", "nullclaw\n");
        file("etc/machine-id", "");
        file("etc/resolv.conf", "nameserver 8.8.8.8\n");
        file("proc/sys/kernel/random/boot_id", "11111111-1111-4111-8111-111111111111\n");
        file("proc/stat", "cpu  1 2 3 4 5 6 7 8 9 10\n");
        Path programs = unpack(directory.resolve("programs"));
        ProcessBuilder builder =
                new ProcessBuilder("unshare", "--map-root-user", "--mount", "--net", "--uts", "sh", "-ec");
        builder.command().add(SETUP);
        builder.command().add(programs.resolve("wake").toString());
        builder.environment().put("EXECLAW_WAKE_ROOT", root.toString());
        builder.environment().put("EXECLAW_WAKE_SOCKET", socket.toString());
        builder.environment().put("EXECLAW_CONSOLE", root.resolve("console").toString());
        process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    }

    /** All that the overlay has in the directory of our programs. */
    static Path unpack(Path directory) throws IOException {
        for (String line : resource("overlay.list").lines().toList()) {
            String[] words = line.split(" ", -1);
            if (words[0].equals("file") && words[2].startsWith(PROGRAMS)) {
                Path file = directory.resolve(words[2].substring(PROGRAMS.length()));
                Files.createDirectories(file.getParent());
                Files.writeString(file, resource("overlay" + words[2]));
            }
        }
        return directory;
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = GuestScript.class.getResourceAsStream(GUEST + name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), UTF_8);
        }
    }

    void file(String path, String content) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    String text(String path) throws IOException {
        return Files.readString(root.resolve(path));
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    /** A connection to its port, as a machine's {@code wakePort} is. */
    ByteChannel connect() throws MachineException {
        long until = System.nanoTime() + 20_000_000_000L;
        while (true) {
            try {
                SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                channel.connect(UnixDomainSocketAddress.of(socket));
                return channel;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() - until > 0) {
                    throw new MachineException("the guest's program does not listen at " + socket + ", see " + log, e);
                }
                Thread.onSpinWait();
            }
        }
    }

    /** What a command says in the namespaces of the program. */
    String inside(String... command) throws Exception {
        Process inner = begin(command);
        String output = new String(inner.getInputStream().readAllBytes(), UTF_8);
        inner.waitFor();
        return output;
    }

    /** A command in the namespaces of the program, which sees its processes. */
    Process begin(String... command) throws IOException {
        List<String> all = new ArrayList<>(List.of("nsenter", "-t", Long.toString(process.pid())));
        all.addAll(List.of("--user", "--preserve-credentials", "--mount", "--net", "--uts", "--"));
        all.addAll(List.of(command));
        return new ProcessBuilder(all).redirectErrorStream(true).start();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}

package dev.execlaw.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One running {@code ./execlaw up} with a data directory of its own. Images are hard links to those of the test cache,
 * so starting is cheap and nothing a test does reaches another.
 */
final class Product implements AutoCloseable {

    private static final Path ROOT = Path.of(System.getProperty("execlaw.root"));
    private static final Path IMAGE_CACHE = Path.of(System.getProperty("execlaw.test.image"));
    /** Machines that boot and are not saved: whoever tests something else is not to wait for a template. */
    private static final Map<String, String> PLAIN =
            Map.of("EXECLAW_VM_TEMPLATES", "false", "EXECLAW_SESSION_CHECKPOINTS", "false");

    private static final int PORT = 18_080;
    private static final Pattern LOGIN_URL = Pattern.compile("http://\\S+/login\\?token=\\S+");

    private final Path dataDirectory;
    private final Path log;
    private final String token = "e2e-" + UUID.randomUUID();
    private final List<String> options;
    private final Map<String, String> environment;
    private Process process;

    private Product(Path dataDirectory, List<String> options, Map<String, String> environment) throws IOException {
        this.environment = Map.copyOf(environment);
        this.dataDirectory = dataDirectory;
        this.options = List.copyOf(options);
        this.log = dataDirectory.resolveSibling(dataDirectory.getFileName() + ".log");
        this.process = launch();
    }

    /** A data directory with the images of the test cache and nothing else. */
    static Path dataDirectory(Path directory) throws IOException {
        Path data = Files.createDirectory(directory.resolve("data"));
        linkImages(data);
        return data;
    }

    /** Starts the product over a new data directory and waits until it answers. */
    static Product start(Path directory) throws IOException {
        return start(dataDirectory(directory), List.of(), PLAIN);
    }

    /** Starts it over a data directory that is there, with a configuration file of this content. */
    static Product start(Path dataDirectory, String config) throws IOException {
        Path file = Files.writeString(dataDirectory.resolveSibling("execlaw.toml"), config);
        return start(dataDirectory, List.of("--config", file.toString()), PLAIN);
    }

    /** The same with more in its environment. */
    static Product start(Path dataDirectory, String config, Map<String, String> environment) throws IOException {
        Path file = Files.writeString(dataDirectory.resolveSibling("execlaw.toml"), config);
        Map<String, String> all = new HashMap<>(PLAIN);
        all.putAll(environment);
        return start(dataDirectory, List.of("--config", file.toString()), all);
    }

    /** Starts it with templates and checkpoints, as it is by default, but no machine that no session has. */
    static Product instant(Path dataDirectory, String config) throws IOException {
        Path file = Files.writeString(dataDirectory.resolveSibling("execlaw.toml"), config);
        return start(dataDirectory, List.of("--config", file.toString()), Map.of("EXECLAW_VM_POOL", "0"));
    }

    /** Starts it as it is by default. */
    static Product pooled(Path dataDirectory) throws IOException {
        return start(dataDirectory, List.of(), Map.of());
    }

    private static Product start(Path dataDirectory, List<String> options, Map<String, String> environment)
            throws IOException {
        Product product = new Product(dataDirectory, options, environment);
        product.awaitHealth();
        return product;
    }

    Api api() {
        return new Api(base(), token);
    }

    URI base() {
        return URI.create("http://127.0.0.1:" + PORT);
    }

    String token() {
        return token;
    }

    /** The URL that it printed for people. */
    String loginUrl() {
        Matcher url = LOGIN_URL.matcher(log());
        Wait.until(
                "a URL with a token in the log:\n" + log(),
                Duration.ofSeconds(10),
                () -> url.reset(log()).find());
        return url.group();
    }

    Path dataDirectory() {
        return dataDirectory;
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The daemon's own process: the launcher replaces itself with it. */
    ProcessHandle daemon() {
        return process.toHandle();
    }

    /** Kills the daemon as a crash would; machines are not told. */
    void crash() throws InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            throw new AssertionError("the daemon did not die of SIGKILL within 10 s");
        }
    }

    /** Ends the daemon with SIGTERM and waits for it. */
    int terminate() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new AssertionError("the daemon did not end within 60 s of SIGTERM; its log:\n" + log());
        }
        return process.exitValue();
    }

    /** Starts it again over the same data directory. */
    void restart() throws IOException {
        process = launch();
        awaitHealth();
    }

    /** Processes whose command line names this data directory, without the daemon itself. */
    List<ProcessHandle> machineProcesses() {
        return Hosts.processesNaming(dataDirectory).stream()
                .filter(p -> p.pid() != process.pid())
                .toList();
    }

    @Override
    public void close() throws InterruptedException {
        if (process.isAlive()) {
            terminate();
        }
        for (ProcessHandle left : Hosts.processesNaming(dataDirectory)) {
            left.destroyForcibly();
        }
    }

    private Process launch() throws IOException {
        List<String> command = new ArrayList<>(List.of(ROOT.resolve("execlaw").toString(), "up"));
        command.addAll(List.of("--data-dir", dataDirectory.toString(), "--listen", "127.0.0.1:" + PORT));
        command.addAll(options);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().put("EXECLAW_TOKEN", token);
        environment.forEach(builder.environment()::putIfAbsent);
        return builder.start();
    }

    private void awaitHealth() {
        Wait.until("the daemon to answer /health; its log:\n" + log(), Duration.ofSeconds(60), () -> {
            if (!process.isAlive()) {
                throw new AssertionError("the daemon ended with " + process.exitValue() + ":\n" + log());
            }
            return api().answers();
        });
    }

    private static void linkImages(Path data) throws IOException {
        Path source = IMAGE_CACHE.resolve("images");
        if (!Files.isDirectory(source)) {
            throw new IllegalStateException("no image in " + source + "; build it with: ./execlaw image build debian"
                    + " --data-dir " + IMAGE_CACHE);
        }
        try (Stream<Path> tree = Files.walk(source)) {
            for (Path from : (Iterable<Path>) tree::iterator) {
                Path to = data.resolve(IMAGE_CACHE.relativize(from).toString());
                if (Files.isDirectory(from)) {
                    Files.createDirectories(to);
                } else {
                    Files.createLink(to, from);
                }
            }
        }
    }
}

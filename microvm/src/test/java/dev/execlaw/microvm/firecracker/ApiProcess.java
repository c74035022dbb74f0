package dev.execlaw.microvm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.linux.Inotify;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A Firecracker of the tests, or its double, in a directory of its own: socket {@code api.sock}, log {@code vmm.log},
 * standard error {@code stderr}; standard input and output are pipes.
 */
final class ApiProcess implements AutoCloseable {

    static final FirecrackerBinaries BINARIES = FirecrackerBinaries.fromProperties();
    static final Path GUEST = Path.of(System.getProperty("execlaw.test.guest"));
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path directory;
    private final Process process;

    private ApiProcess(Path directory, Process process) {
        this.directory = directory;
        this.process = process;
    }

    /** Starts it with a fault mode (empty: none) and more arguments. */
    static ApiProcess start(Path directory, String fault, String... more) throws IOException {
        List<String> line = new ArrayList<>(List.of(BINARIES.firecracker().toString(), "--api-sock", "api.sock"));
        line.addAll(List.of("--log-path", "vmm.log"));
        line.addAll(List.of(more));
        ProcessBuilder builder = new ProcessBuilder(line).directory(directory.toFile());
        builder.environment().put("FIRECRACKER_DOUBLE_FAULT", fault);
        builder.redirectError(Redirect.to(directory.resolve("stderr").toFile()));
        return new ApiProcess(directory, builder.start());
    }

    /** Starts it and waits until it answers. */
    static ApiProcess ready(Path directory, String... more) throws Exception {
        ApiProcess started = start(directory, "", more);
        try {
            started.connect().close();
            return started;
        } catch (Throwable e) {
            started.close();
            throw e;
        }
    }

    Path socket() {
        return directory.resolve("api.sock");
    }

    Path path(String name) {
        return directory.resolve(name);
    }

    Process process() {
        return process;
    }

    /** A connection, as soon as one is taken; an error with what the process said when it ends before. */
    RawConnection connect() throws Exception {
        return connect(socket(), process, directory);
    }

    static RawConnection connect(Path socket, Process process, Path said) throws Exception {
        Semaphore news = new Semaphore(0);
        var _ = process.onExit().whenComplete((ended, failure) -> news.release());
        long until = System.nanoTime() + PATIENCE.toNanos();
        try (Inotify.Watch _ = Inotify.created(socket.getParent(), news::release)) {
            while (true) {
                if (!process.isAlive()) {
                    throw new IOException("status " + process.exitValue() + ": " + text(said.resolve("stderr")));
                }
                if (Files.exists(socket)) {
                    try {
                        return new RawConnection(socket);
                    } catch (ConnectException e) {
                        // Between bind(2) and listen(2); nothing tells of the second.
                        if (System.nanoTime() > until) {
                            throw e;
                        }
                        Thread.onSpinWait();
                    }
                } else if (!news.tryAcquire(until - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    throw new IOException("no socket within " + PATIENCE.toSeconds() + " s");
                }
            }
        }
    }

    /** Configures the busybox guest of the driver tests on a fresh process. */
    static void configure(RawConnection api, String kernel, String initramfs) throws IOException {
        expect204(api.put("/machine-config", "{\"vcpu_count\":1,\"mem_size_mib\":160}"));
        expect204(api.put("/boot-source", """
                {"kernel_image_path":"%s","initrd_path":"%s","boot_args":"console=ttyS0 reboot=k panic=1 deaf"}""".formatted(kernel, initramfs)));
    }

    /** Boots that guest; the serial line is the process's own. */
    SerialLine boot(RawConnection api) throws Exception {
        configure(
                api,
                GUEST.resolve("vmlinuz").toString(),
                GUEST.resolve("initramfs").toString());
        SerialLine line = serial();
        start(api);
        return line.awaitPrompt();
    }

    SerialLine serial() {
        return new SerialLine(process.getInputStream(), process.getOutputStream());
    }

    static void start(RawConnection api) throws IOException {
        expect204(api.put("/actions", "{\"action_type\":\"InstanceStart\"}"));
    }

    static void expect204(RawConnection.Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(204);
    }

    /** Its status, as the shell tells it. */
    int exit() throws InterruptedException {
        assertThat(process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                .as("the process ends within %s", PATIENCE)
                .isTrue();
        return process.exitValue();
    }

    String said() throws IOException {
        return text(directory.resolve("stderr"));
    }

    private static String text(Path file) throws IOException {
        return Files.exists(file) ? Files.readString(file) : "";
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        process.onExit().join();
        Files.deleteIfExists(socket());
    }
}

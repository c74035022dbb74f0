package dev.execlaw.microvm.linux;

import dev.execlaw.microvm.process.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A network of its own: one thread in a namespace of its own. Sockets that are opened on it are in that namespace for
 * good, whoever uses them then. It ends with the thread.
 */
public final class TestNamespace implements AutoCloseable {

    private static final long SYS_GETTID = 186;
    private static final long SYS_UNSHARE = 272;
    private static final long CLONE_NEWNET = 0x40000000L;

    private final ExecutorService thread;
    private final String path;

    private TestNamespace(ExecutorService thread, String path) {
        this.thread = thread;
        this.path = path;
    }

    public static TestNamespace open() throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name("namespace").daemon(true).factory());
        String path = thread.submit(() -> {
                    Errno.check(Libc.syscall(SYS_UNSHARE, CLONE_NEWNET, 0, 0, 0), "unshare CLONE_NEWNET");
                    long tid = Libc.syscall(SYS_GETTID, 0, 0, 0, 0);
                    return "/proc/" + ProcessHandle.current().pid() + "/task/" + tid + "/ns/net";
                })
                .get(10, TimeUnit.SECONDS);
        TestNamespace namespace = new TestNamespace(thread, path);
        namespace.command("ip", "link", "set", "lo", "up");
        return namespace;
    }

    /** Its name for {@code ip link ... netns}. */
    public String path() {
        return path;
    }

    /** Does something on its thread. */
    public <T> T in(Callable<T> task) throws Exception {
        try {
            return thread.submit(task).get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Runs a command inside; gives back what it wrote. */
    public String command(String... argv) throws Exception {
        List<String> all = new ArrayList<>(List.of("nsenter", "--net=" + path, "--"));
        all.addAll(List.of(argv));
        return Command.of(all).runOrThrow().stdout();
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}

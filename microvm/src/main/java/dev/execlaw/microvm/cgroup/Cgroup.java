package dev.execlaw.microvm.cgroup;

import dev.execlaw.microvm.linux.Inotify;
import dev.execlaw.microvm.linux.PidFd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** One cgroup, by its directory, whether it exists or not. Any thread may use it. */
public record Cgroup(Path directory) {

    private static final int SIGKILL = 9;

    /** The file that takes the numbers of processes that shall live here. */
    public Path processes() {
        return directory.resolve("cgroup.procs");
    }

    /** Numbers of the processes that live here now; empty when the cgroup does not exist. */
    public List<Long> members() throws IOException {
        try {
            return Files.readAllLines(processes()).stream().map(Long::valueOf).toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /**
     * Kills all that live here and proves them gone. One that forks meanwhile does not get away where the kernel has
     * {@code cgroup.kill} (5.14).
     *
     * @throws IOException when something lives on after that time; the message names it
     */
    public void kill(Duration time) throws IOException {
        long until = System.nanoTime() + time.toNanos();
        Semaphore news = new Semaphore(0);
        Path events = directory.resolve("cgroup.events");
        try (Inotify.Watch _ = Inotify.written(events, news::release)) {
            while (populated(events)) {
                killMembers();
                if (populated(events)
                        && !news.tryAcquire(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                    throw new IOException("processes " + members() + " of cgroup " + directory + " live "
                            + time.toSeconds() + " s after SIGKILL; look at /proc/PID/stack");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the processes of cgroup " + directory + " were killed", e);
        }
    }

    /** Kills all that live here and removes the cgroup. Does nothing when it does not exist. */
    public void remove(Duration time) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try {
            kill(time);
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            // Someone else may have removed it meanwhile, and that is as good.
            if (Files.exists(directory)) {
                throw e;
            }
        }
    }

    private void killMembers() throws IOException {
        Path kill = directory.resolve("cgroup.kill");
        if (Files.exists(kill)) {
            write("cgroup.kill", "1");
            return;
        }
        for (long member : members()) {
            Optional<PidFd> process = PidFd.open(member);
            if (process.isPresent()) {
                try (PidFd open = process.get()) {
                    // A number that came to mean another process since it was read is no member any more.
                    if (members().contains(member)) {
                        open.signal(SIGKILL);
                    }
                }
            }
        }
    }

    /** The kernel's own words; a write is one call, and no file is ever made. */
    void write(String file, String value) throws IOException {
        try {
            Files.writeString(directory.resolve(file), value, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new IOException(
                    "cannot write \"" + value + "\" to " + directory.resolve(file) + ": " + e.getMessage(), e);
        }
    }

    private static boolean populated(Path events) throws IOException {
        return Files.readAllLines(events).contains("populated 1");
    }
}

package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.console.SerialConsole;
import dev.execlaw.microvm.firecracker.api.Answers;
import dev.execlaw.microvm.firecracker.api.ApiException;
import dev.execlaw.microvm.firecracker.api.FirecrackerClient;
import dev.execlaw.microvm.firecracker.api.Query;
import dev.execlaw.microvm.linux.Inotify;
import dev.execlaw.microvm.machine.ConsoleFiles;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.HostProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One start of Firecracker, from the files it needs to vCPUs that run; on failure nothing is left. Used by one thread. */
final class VmmStart {

    private static final Duration KILL = Duration.ofSeconds(10);
    private static final int TAIL = 2000;

    private final MachineSpec spec;
    private final Launcher launcher;
    private final Jail jail;
    private final ConsoleFiles files;
    private final List<String> commandLine;
    private final long consoleKept;
    private final long until;
    private @Nullable SerialConsole console;
    private @Nullable HostProcess process;
    private final FirecrackerClient api;

    VmmStart(MachineSpec spec, Launcher launcher, long consoleKept, Duration deadline) throws MachineException {
        this.spec = spec;
        this.launcher = launcher;
        this.jail = launcher.jail(spec);
        this.files = new ConsoleFiles(spec.directory());
        this.commandLine = launcher.commandLine(spec, jail);
        this.consoleKept = consoleKept;
        this.until = System.nanoTime() + deadline.toNanos();
        this.api = new FirecrackerClient(jail.host(Jail.SOCKET).path());
    }

    Vmm run(Configuration configuration) throws MachineException {
        try {
            launcher.clear(spec.name());
            jail.make();
            jail.createKept(Jail.LOG, log());
            jail.createKept(Jail.METRICS, new HostPath(spec.directory()).resolve(Jail.METRICS.text()));
            configuration.admit(jail);
            files.prepare();
            SerialConsole opened = SerialConsole.open(files.log(), files.input(), consoleKept);
            console = opened;
            long from = opened.end();
            HostProcess started = HostProcess.start(Command.of(files.opened(commandLine))
                    .bareEnvironment()
                    .directory(launcher.workingDirectory(spec, jail)));
            process = started;
            awaitApi(started);
            configuration.send(api, this::left);
            return new Vmm(started, api, opened, jail, from);
        } catch (IOException | RuntimeException e) {
            MachineException failure = failure(e);
            undo(failure);
            throw failure;
        }
    }

    private HostPath log() {
        return new HostPath(spec.directory()).resolve(Jail.LOG.text());
    }

    /** Waits for an answer or the process's end, whichever is first. */
    private void awaitApi(HostProcess started) throws IOException {
        Path socket = jail.host(Jail.SOCKET).path();
        Semaphore news = new Semaphore(0);
        var _ = started.exit().whenComplete((status, failure) -> {
            news.release();
            // One that died with its socket bound: nobody will answer there.
            api.close();
        });
        try (Inotify.Watch _ = Inotify.created(jail.root().path(), news::release)) {
            while (true) {
                if (started.exit().isDone()) {
                    throw new IOException("Firecracker ended before it answered");
                }
                if (!Files.exists(socket)) {
                    if (!news.tryAcquire(left().toNanos(), TimeUnit.NANOSECONDS)) {
                        throw new IOException("Firecracker did not open its API socket in time");
                    }
                } else if (answers(started)) {
                    return;
                } else if (news.tryAcquire(1, TimeUnit.MILLISECONDS)) {
                    // Between bind(2) and listen(2) a connection is refused, and nothing tells of the second.
                    news.release();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while Firecracker started", e);
        }
    }

    private boolean answers(HostProcess started) throws IOException {
        try {
            Answers.InstanceInfo instance = api.ask(new Query.Instance(), left());
            if (!instance.id().text().equals(spec.name())) {
                throw new IOException("who answers at " + jail.host(Jail.SOCKET) + " is \"" + instance.id() + "\"");
            }
            return true;
        } catch (ApiException e) {
            if (FirecrackerClient.refused(e)) {
                left();
                return false;
            }
            if (started.exit().isDone()) {
                throw new IOException("Firecracker ended before it answered", e);
            }
            throw e;
        }
    }

    private Duration left() throws IOException {
        long nanos = until - System.nanoTime();
        if (nanos <= 0) {
            throw new IOException("Firecracker did not answer in time");
        }
        return Duration.ofNanos(nanos);
    }

    private MachineException failure(Exception cause) {
        StringBuilder text = new StringBuilder("machine ").append(spec.name()).append(" did not start: ");
        text.append(cause.getMessage());
        HostProcess started = process;
        if (started != null && started.exit().isDone()) {
            text.append("; it ended with ")
                    .append(ExitCode.describe(started.exit().join()));
        }
        if (started != null) {
            text.append("; Firecracker says: ").append(files.vmmLogTail(TAIL));
            text.append("; its log: ").append(logTail());
        }
        if (console != null && console.end() > 0) {
            text.append("; console: ").append(console.tail(TAIL));
        }
        text.append("; command: ").append(String.join(" ", commandLine));
        return new MachineException(text.toString(), cause);
    }

    private String logTail() {
        try {
            byte[] all = Files.exists(log().path()) ? Files.readAllBytes(log().path()) : new byte[0];
            int from = Math.max(0, all.length - TAIL);
            String text = new String(all, from, all.length - from, StandardCharsets.UTF_8).strip();
            return text.isEmpty() ? "nothing" : text;
        } catch (IOException e) {
            return "(" + log() + " cannot be read: " + e.getMessage() + ")";
        }
    }

    private void undo(MachineException failure) {
        try {
            api.close();
            if (process != null) {
                process.kill(KILL);
                process.close();
            }
            if (console != null) {
                console.close();
            }
            Files.deleteIfExists(files.input());
            jail.remove();
            launcher.clear(spec.name());
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** What is left of the time. */
    @FunctionalInterface
    interface Left {

        /** Never zero or less: then it is an error. */
        Duration left() throws IOException;
    }

    /** What makes a fresh Firecracker a machine; see {@link Booting} and {@link Restoring}. */
    interface Configuration {

        /** Puts what the VMM will open into its jail. */
        void admit(Jail jail) throws IOException;

        /** Tells the VMM; when this returns, the guest runs or stands where it should. */
        void send(FirecrackerClient api, Left left) throws IOException;
    }
}

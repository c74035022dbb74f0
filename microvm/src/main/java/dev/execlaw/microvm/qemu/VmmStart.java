package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.console.SerialConsole;
import dev.execlaw.microvm.linux.Inotify;
import dev.execlaw.microvm.machine.ConsoleFiles;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.HostProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One start of QEMU, from the files it needs to vCPUs that run; on failure nothing is left. Used by one thread. */
final class VmmStart {

    private static final Logger LOG = LoggerFactory.getLogger(VmmStart.class);
    private static final Duration KILL = Duration.ofSeconds(10);
    private static final Duration LAST = Duration.ofSeconds(1);
    private static final int TAIL = 2000;

    private final MachineSpec spec;
    private final MachineFiles files;
    private final List<String> commandLine;
    private final QemuHost host;
    private final Confinement confinement;
    private final boolean paused;
    private final long until;
    private final Laps laps = new Laps();
    private boolean confined;

    VmmStart(MachineSpec spec, List<String> commandLine, QemuHost host, boolean paused, Duration deadline) {
        this.spec = spec;
        this.files = MachineFiles.of(spec);
        this.commandLine = commandLine;
        this.host = host;
        this.confinement = host.confinement();
        this.paused = paused;
        this.until = System.nanoTime() + deadline.toNanos();
    }

    Vmm run(Consumer<QmpEvent> events, Migrations migrations) throws MachineException {
        SerialConsole console = null;
        HostProcess process = null;
        try {
            List<ConsoleFiles.Handed> memory = host.memory().open(spec);
            makeFiles();
            laps.done("files");
            console = SerialConsole.open(files.consoleLog(), files.consoleInput(), host.consoleKept());
            List<String> before = confinement.apply(spec);
            confined = true;
            laps.done("confinement");
            process = HostProcess.start(command(before, memory));
            laps.done("spawn");
            Vmm vmm = new Vmm(process, awaitQmp(process, events), console);
            laps.done("QMP");
            if (spec.memory() instanceof Memory.Saved(SavedState state)) {
                new Loading(spec, state, vmm, migrations).run(left(), laps);
            }
            if (!paused) {
                vmm.qmp().call(new QmpCommand.Cont(), left());
                laps.done("vCPUs");
            }
            LOG.debug("start of {}: {}", spec.name(), laps);
            return vmm;
        } catch (IOException e) {
            MachineException failure = failure(e, console, process);
            undo(console, process, failure);
            throw failure;
        }
    }

    private Command command(List<String> before, List<ConsoleFiles.Handed> handed) {
        List<String> argv = new ArrayList<>(before);
        argv.addAll(commandLine);
        return Command.of(files.console().opened(argv, handed))
                .bareEnvironment()
                .directory(spec.directory());
    }

    private void makeFiles() throws IOException {
        if (spec.account() == null) {
            Files.deleteIfExists(files.qmp());
        }
        files.console().prepare();
        files.wake().prepare(spec.account());
    }

    /** Waits for QEMU's socket or its end, whichever is first. */
    private QmpClient awaitQmp(HostProcess process, Consumer<QmpEvent> events) throws IOException {
        Semaphore news = new Semaphore(0);
        var _ = process.exit().whenComplete((status, failure) -> news.release());
        try (Inotify.Watch _ = Inotify.created(files.control(), news::release)) {
            while (true) {
                if (process.exit().isDone()) {
                    throw new IOException("QEMU ended before it answered");
                }
                if (Files.exists(files.qmp())) {
                    QmpClient qmp = tryConnect(events);
                    if (qmp != null) {
                        return qmp;
                    }
                    // Between bind(2) and listen(2) a connection is refused; nothing tells of the second.
                    Thread.onSpinWait();
                } else if (!news.tryAcquire(left().toNanos(), TimeUnit.NANOSECONDS)) {
                    throw new IOException("QEMU did not open its QMP socket in time");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while QEMU started", e);
        }
    }

    private @Nullable QmpClient tryConnect(Consumer<QmpEvent> events) throws IOException {
        try {
            return Vmm.connect(files.qmp(), events, left());
        } catch (QmpException e) {
            if (e.refused()) {
                left();
                return null;
            }
            throw e;
        }
    }

    private Duration left() throws IOException {
        long nanos = until - System.nanoTime();
        if (nanos <= 0) {
            throw new IOException("QEMU did not answer in time");
        }
        return Duration.ofNanos(nanos);
    }

    private MachineException failure(
            IOException cause, @Nullable SerialConsole console, @Nullable HostProcess process) {
        StringBuilder text = new StringBuilder("machine ").append(spec.name()).append(" did not start: ");
        text.append(cause.getMessage());
        // A connection that broke is QEMU's end a moment early.
        boolean ended = process != null
                && (cause instanceof QmpException
                        ? process.awaitExit(LAST)
                        : process.exit().isDone());
        if (process != null && ended) {
            text.append("; exit status ").append(process.exit().join());
        }
        text.append("; QEMU says: ").append(files.console().vmmLogTail(TAIL));
        if (console != null && console.end() > 0) {
            text.append("; console: ").append(console.tail(TAIL));
        }
        text.append("; command: ").append(String.join(" ", commandLine));
        return new MachineException(text.toString(), cause);
    }

    private void undo(@Nullable SerialConsole console, @Nullable HostProcess process, MachineException failure) {
        try {
            if (process != null) {
                process.kill(KILL);
                process.close();
            }
            if (console != null) {
                console.close();
            }
            Files.deleteIfExists(files.consoleInput());
            files.wake().remove();
            if (confined) {
                confinement.release(spec);
            }
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}

package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.machine.Life;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A machine run by QEMU. */
final class QemuMachine implements Machine {

    private static final Logger LOG = LoggerFactory.getLogger(QemuMachine.class);
    private static final Duration CALL = Duration.ofSeconds(5);

    /** What is under way to a slow disk is waited for. */
    private static final Duration STOP = Duration.ofSeconds(30);

    private static final int TAIL = 2000;

    private final MachineSpec spec;
    private final List<String> commandLine;
    private final QemuHost host;
    private final Blanks.Starter blanks;
    private final Life<Vmm> life;
    private final Migrations migrations = new Migrations();
    private final Flattening flattening = new Flattening();

    /** Held by whoever uses the wake-up port. */
    private final Semaphore wakePort = new Semaphore(1);

    /** Held while it is paused, let run or saved: one at a time. */
    private final Lock saving = new ReentrantLock();

    /** Held while QEMU is asked for a forwarded port, so that none is made twice. */
    private final Object forwarding = new Object();

    /** Volatile: QMP's thread tells them, the thread that handles the end reads them. */
    private volatile String shutdownReason = "";

    /** Volatile: written by whoever saves, read by all. */
    private volatile MachineSpec.Disk disk;

    QemuMachine(MachineSpec spec, List<String> commandLine, QemuHost host, Blanks.Starter blanks) {
        this.spec = spec;
        this.commandLine = commandLine;
        this.host = host;
        this.blanks = blanks;
        this.disk = spec.disk();
        this.life = new Life<>(spec.name(), new Ways());
    }

    @Override
    public MachineSpec spec() {
        return spec;
    }

    @Override
    public void start(Duration deadline) throws MachineException {
        start(deadline, false);
    }

    @Override
    public void startPaused(Duration deadline) throws MachineException {
        start(deadline, true);
    }

    private void start(Duration deadline, boolean paused) throws MachineException {
        life.start(() -> new VmmStart(spec, commandLine, host, paused, deadline).run(this::event, migrations));
    }

    void adopt(ProcessIdentity vmm) throws MachineException {
        life.adopt(() -> Vmm.adopt(spec, vmm, host.consoleKept(), this::event));
        try {
            host.confinement().renew(spec);
            Vmm running = life.running().orElseThrow(() -> new IOException("it does not run"));
            disk = new Layers(spec, running).written(disk);
        } catch (IOException e) {
            detach();
            throw new MachineException("machine " + spec.name() + " cannot be taken over: " + e.getMessage(), e);
        }
    }

    @Override
    public Optional<InetSocketAddress> reach(int port) {
        return switch (spec.nic()) {
            case MachineSpec.Nic.Tap tap ->
                tap.enclosed()
                        ? Optional.empty()
                        : Optional.of(new InetSocketAddress(tap.slot().guest(), port));
            case MachineSpec.Nic.User user -> forwarded(user, port);
        };
    }

    private Optional<InetSocketAddress> forwarded(MachineSpec.Nic.User user, int port) {
        Optional<Vmm> vmm = life.running();
        if (vmm.isEmpty()) {
            return Optional.empty();
        }
        PortForward forward = new PortForward(user.slot().guest(), port);
        try {
            synchronized (forwarding) {
                return forward.through(line -> vmm.get()
                        .qmp()
                        .call(new QmpCommand.HumanMonitor(line), CALL)
                        .asString(""));
            }
        } catch (QmpException e) {
            LOG.warn("machine {}: port {} of the guest cannot be forwarded: {}", spec.name(), port, e.getMessage());
            return Optional.empty();
        }
    }

    private void event(QmpEvent event) {
        switch (event) {
            case QmpEvent.Migration migration -> migrations.tell(migration.status());
            case QmpEvent.JobEnded job -> flattening.ended(job.error());
            case QmpEvent.Shutdown shutdown -> shutdownReason = shutdown.reason();
            case QmpEvent.Stopped _ -> LOG.debug("vCPUs of {} stopped", spec.name());
            case QmpEvent.Resumed _ -> LOG.debug("vCPUs of {} run", spec.name());
        }
    }

    @Override
    public void pause() throws MachineException {
        during("be paused", vmm -> vmm.qmp().call(new QmpCommand.Stop(), STOP));
    }

    @Override
    public void resume() throws MachineException {
        during("go on", vmm -> {
            // What it writes to its memory now would be written to the template's.
            if (spec.memory() instanceof Memory.Recorded && vmm.status().equals("postmigrate")) {
                throw new IOException("it has become a template; start a clone of it");
            }
            vmm.qmp().call(new QmpCommand.Cont(), CALL);
        });
    }

    @Override
    public SavedState save(Path directory, MachineSpec.Disk next) throws MachineException {
        AtomicReference<SavedState> saved = new AtomicReference<>();
        during("be saved", vmm -> {
            checkPaused(vmm);
            switch (spec.memory()) {
                case Memory.Fresh _ -> {
                    Path blank = host.blanks().of(spec, blanks);
                    saved.set(new Saving(spec, vmm).changes(blank, true, directory));
                    changeLayer(vmm, next);
                }
                case Memory.Saved(SavedState state) -> {
                    boolean blank = host.blanks().holds(state.template());
                    saved.set(new Saving(spec, vmm).changes(state.template(), blank, directory));
                    changeLayer(vmm, next);
                }
                case Memory.Recorded _ -> {
                    changeLayer(vmm, next);
                    saved.set(new Recording(spec, vmm, migrations).template(directory));
                }
            }
        });
        return Objects.requireNonNull(saved.get());
    }

    /** Saves a machine that never ran as a template, without its disk. */
    void record(Path directory) throws MachineException {
        during("be saved", vmm -> new Recording(spec, vmm, migrations).template(directory));
    }

    private void changeLayer(Vmm vmm, MachineSpec.Disk next) throws IOException {
        flattening.stop(vmm);
        MachineSpec.Disk finished = disk;
        new Layers(spec, vmm).change(finished, next);
        disk = next;
        Ownership.freeze(finished.path());
    }

    private void checkPaused(Vmm vmm) throws IOException {
        String status = vmm.status();
        if (status.equals("running")) {
            throw new IOException("it runs; pause it first");
        }
    }

    /** Does something with a VMM that runs. */
    private void during(String what, Action action) throws MachineException {
        saving.lock();
        try {
            Vmm vmm = life.running().orElseThrow(() -> new IOException("it does not run"));
            action.run(vmm);
        } catch (IOException e) {
            throw new MachineException("machine " + spec.name() + " cannot " + what + ": " + e.getMessage(), e);
        } finally {
            saving.unlock();
        }
    }

    @FunctionalInterface
    private interface Action {
        void run(Vmm vmm) throws IOException;
    }

    @Override
    public void flatten(Duration deadline) throws MachineException {
        AtomicReference<@Nullable CompletableFuture<String>> job = new AtomicReference<>();
        during("put its layers together", vmm -> job.set(flattening.begin(new Layers(spec, vmm), disk)));
        CompletableFuture<String> begun = job.get();
        if (begun != null) {
            try {
                flattening.await(begun, life.vmm(), deadline);
            } catch (IOException e) {
                throw new MachineException(
                        "machine " + spec.name() + " did not put its layers together: " + e.getMessage(), e);
            }
        }
    }

    @Override
    public MachineSpec.Disk disk() {
        return disk;
    }

    @Override
    public ByteChannel wakePort(Duration deadline) throws MachineException {
        long until = System.nanoTime() + deadline.toNanos();
        try {
            if (!wakePort.tryAcquire(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new IOException("it is in use, and was not free in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MachineException("interrupted at the wake-up port of " + spec.name(), e);
        } catch (IOException e) {
            throw noWakePort(e);
        }
        try {
            Vmm vmm = life.running().orElseThrow(() -> new IOException("it does not run"));
            WakeChannel channel = WakeChannel.open(
                    MachineFiles.of(spec).wake(), Duration.ofNanos(until - System.nanoTime()), wakePort::release);
            var _ = vmm.process().exit().whenComplete((status, failure) -> Thread.startVirtualThread(channel::close));
            return channel;
        } catch (IOException e) {
            wakePort.release();
            throw noWakePort(e);
        }
    }

    private MachineException noWakePort(IOException e) {
        return new MachineException(
                "the wake-up port of machine " + spec.name() + " cannot be opened: " + e.getMessage(), e);
    }

    @Override
    public ProcessIdentity vmm() {
        return life.vmm().process().identity();
    }

    @Override
    public Console console() {
        return life.vmm().console();
    }

    @Override
    public CompletionStage<MachineExit> exited() {
        return life.exited();
    }

    @Override
    public MachineExit shutdown(Duration grace) {
        return life.shutdown(grace);
    }

    @Override
    public void close() {
        life.close();
    }

    @Override
    public void detach() {
        life.detach();
    }

    private final class Ways implements Life.Ways<Vmm> {

        @Override
        public boolean askToEnd(Vmm vmm) {
            try {
                vmm.qmp().call(new QmpCommand.SystemPowerdown(), CALL);
            } catch (QmpException e) {
                LOG.info("machine {} cannot be asked to power off: {}", spec.name(), e.getMessage());
            }
            // Whether or not it was asked: the guest may be at its end already.
            return true;
        }

        @Override
        public MachineExit explain(Vmm vmm, int status) {
            return switch (shutdownReason) {
                case "guest-shutdown" -> new MachineExit.PoweredOff();
                case "guest-reset", "guest-panic" -> new MachineExit.Rebooted();
                default -> new MachineExit.Crashed(status, vmm.console().tail(TAIL));
            };
        }

        @Override
        public void removeFiles(Vmm vmm) throws IOException {
            MachineFiles files = MachineFiles.of(spec);
            Files.deleteIfExists(files.consoleInput());
            files.wake().remove();
            host.confinement().release(spec);
        }
    }
}

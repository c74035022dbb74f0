package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.microvm.wake.UnknownOrderException;
import dev.execlaw.microvm.wake.Wake;
import dev.execlaw.microvm.wake.WakeException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A double of a machine, made by {@link ScriptedDriver}. Its process is an entry in {@link ScriptedProcesses}. */
final class ScriptedMachine implements Machine {

    /** Asks the double. */
    static final Waker WAKER = new Waker() {
        @Override
        public void wake(Machine machine, Wake wake, Duration limit) throws WakeException {
            ((ScriptedMachine) machine).wakes(wake);
        }

        @Override
        public int interrupt(Machine machine, String agent, Duration patience, Duration limit) throws WakeException {
            return ((ScriptedMachine) machine).interrupts();
        }
    };

    final MachineSpec spec;
    final ScriptedConsole console;
    final ScriptedGuest guest;
    private final ScriptedDriver driver;
    private final ProcessIdentity vmm;
    private final List<Wake> wakes = new CopyOnWriteArrayList<>();
    final AtomicInteger flattened = new AtomicInteger();

    /** How often its guest was told to end what its agent runs. */
    final AtomicInteger interrupts = new AtomicInteger();

    private volatile boolean paused;
    private volatile MachineSpec.Disk disk;
    private volatile CompletableFuture<MachineExit> exited = new CompletableFuture<>();

    ScriptedMachine(
            ScriptedDriver driver,
            MachineSpec spec,
            ScriptedConsole console,
            ScriptedGuest guest,
            ProcessIdentity vmm) {
        this.driver = driver;
        this.spec = spec;
        this.disk = spec.disk();
        this.console = console;
        this.guest = guest;
        this.vmm = vmm;
    }

    /** The guest or the host ends the machine. */
    void dies(MachineExit exit) {
        driver.processes.remove(vmm);
        console.finish();
        exited.complete(exit);
    }

    /** As after {@link #detach}, for the next owner. */
    ScriptedMachine adopted() {
        exited = new CompletableFuture<>();
        return this;
    }

    @Override
    public MachineSpec spec() {
        return spec;
    }

    @Override
    public void start(Duration deadline) throws MachineException {
        driver.fault("start");
        driver.processes.add(vmm, spec.directory());
        switch (spec.memory()) {
            case Memory.Fresh _, Memory.Recorded _ -> guest.boot();
            case Memory.Saved(SavedState state) -> {
                if (state.changes() == null) {
                    guest.waitsForRelease();
                } else {
                    remembers(state.changes());
                }
            }
        }
    }

    @Override
    public void startPaused(Duration deadline) throws MachineException {
        start(deadline);
        stand(true);
    }

    @Override
    public void pause() throws MachineException {
        driver.fault("pause");
        stand(true);
    }

    @Override
    public void resume() throws MachineException {
        if (exited.isDone()) {
            throw new MachineException("the VMM is gone");
        }
        driver.fault("resume");
        stand(false);
    }

    private synchronized void stand(boolean still) {
        if (still && !paused) {
            guest.stops();
        } else if (!still && paused) {
            guest.goesOn();
        }
        paused = still;
    }

    @Override
    public void flatten(Duration deadline) throws MachineException {
        driver.fault("flatten");
        flattened.incrementAndGet();
        try {
            MachineSpec.Disk now = disk;
            List<Path> under = driver.under(now);
            Files.writeString(now.path(), ScriptedDriver.nameFrom(under.getLast(), now.path()));
        } catch (IOException e) {
            throw new MachineException("cannot flatten: " + e, e);
        }
    }

    boolean paused() {
        return paused;
    }

    /** Saved is what the guest remembers, and on which layer of its disk. */
    @Override
    public SavedState save(Path directory, MachineSpec.Disk next) throws MachineException {
        assertThat(paused).as("only a machine that stands still is saved").isTrue();
        driver.fault("save");
        try {
            if (driver.faults.contains("half a save")) {
                Files.writeString(directory.resolve(SavedState.DEVICES), "ha");
                dies(new MachineExit.Crashed(137, ""));
                throw new MachineException("the VMM is gone");
            }
            Files.writeString(directory.resolve(SavedState.DEVICES), String.join("\n", guest.heard()));
        } catch (IOException e) {
            throw new MachineException("cannot save: " + e, e);
        }
        disk = next;
        return new SavedState(directory.resolveSibling("base"), directory);
    }

    @Override
    public MachineSpec.Disk disk() {
        return disk;
    }

    @Override
    public ByteChannel wakePort(Duration deadline) throws MachineException {
        throw new MachineException("the server asks by its waker");
    }

    /** The guest is told. */
    void wakes(Wake wake) throws WakeException {
        if (driver.faults.contains("wake")) {
            throw new WakeException("scripted fault of wake");
        }
        wakes.add(wake);
        if (wake.release()) {
            guest.released();
        }
    }

    /** The guest is told to end what its agent runs. */
    int interrupts() throws WakeException {
        interrupts.incrementAndGet();
        assertThat(paused).as("a guest that stands still answers nobody").isFalse();
        if (driver.faults.contains("old guest")) {
            throw new UnknownOrderException("unknown order \"interrupt\"");
        }
        if (driver.faults.contains("interrupt")) {
            throw new WakeException("scripted fault of interrupt");
        }
        return guest.endTools();
    }

    List<Wake> wakes() {
        return List.copyOf(wakes);
    }

    private void remembers(Path changes) throws MachineException {
        try {
            guest.goesOn(Files.readAllLines(changes.resolve(SavedState.DEVICES)));
        } catch (IOException e) {
            throw new MachineException("cannot load: " + e, e);
        }
    }

    @Override
    public ProcessIdentity vmm() {
        return vmm;
    }

    @Override
    public Console console() {
        return console;
    }

    @Override
    public Optional<InetSocketAddress> reach(int port) {
        return Optional.ofNullable(driver.sshd);
    }

    @Override
    public CompletionStage<MachineExit> exited() {
        return exited;
    }

    @Override
    public MachineExit shutdown(Duration grace) {
        dies(new MachineExit.ShutDown(false));
        return exited.join();
    }

    @Override
    public void close() {
        dies(new MachineExit.ShutDown(true));
    }

    @Override
    public void detach() {
        // The process lives on.
    }
}

package dev.execlaw.session;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineExit;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.net.InetSocketAddress;
import java.nio.channels.ByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A double of a machine, made by {@link ScriptedDriver}. Its process is an entry in {@link ScriptedProcesses}. */
final class ScriptedMachine implements Machine {

    final MachineSpec spec;
    final ScriptedConsole console;
    final ScriptedGuest guest;
    private final ScriptedDriver driver;
    private final ProcessIdentity vmm;
    private volatile CompletableFuture<MachineExit> exited = new CompletableFuture<>();

    ScriptedMachine(
            ScriptedDriver driver,
            MachineSpec spec,
            ScriptedConsole console,
            ScriptedGuest guest,
            ProcessIdentity vmm) {
        this.driver = driver;
        this.spec = spec;
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
        guest.boot();
    }

    @Override
    public void startPaused(Duration deadline) throws MachineException {
        throw unsaved();
    }

    @Override
    public void pause() throws MachineException {
        throw unsaved();
    }

    @Override
    public void resume() throws MachineException {
        throw unsaved();
    }

    @Override
    public SavedState save(Path directory, MachineSpec.Disk next) throws MachineException {
        throw unsaved();
    }

    @Override
    public MachineSpec.Disk disk() {
        return spec.disk();
    }

    @Override
    public ByteChannel wakePort(Duration deadline) throws MachineException {
        throw unsaved();
    }

    private MachineException unsaved() {
        return new MachineException("machine " + spec.name() + " cannot be saved by this driver");
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

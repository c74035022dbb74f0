package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.console.SerialConsole;
import dev.execlaw.microvm.firecracker.api.Answers;
import dev.execlaw.microvm.firecracker.api.FirecrackerClient;
import dev.execlaw.microvm.firecracker.api.Query;
import dev.execlaw.microvm.machine.ConsoleFiles;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.RunningVmm;
import dev.execlaw.microvm.process.HostProcess;
import dev.execlaw.microvm.process.ProcessIdentity;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A Firecracker that runs a machine, and our three hands on it.
 *
 * @param jail where its files lie
 * @param consoleFrom offset of the console from which on this VMM wrote; what is before is of earlier ones
 */
record Vmm(HostProcess process, FirecrackerClient api, SerialConsole console, Jail jail, long consoleFrom)
        implements RunningVmm {

    /**
     * Takes hold of a Firecracker that runs already.
     *
     * @throws MachineException when it is gone, is another machine's or was never started
     */
    static Vmm adopt(MachineSpec spec, Jail jail, ProcessIdentity identity, long consoleKept) throws MachineException {
        ConsoleFiles files = new ConsoleFiles(spec.directory());
        HostProcess process = null;
        SerialConsole console = null;
        FirecrackerClient api = new FirecrackerClient(jail.host(Jail.SOCKET).path());
        try {
            process = HostProcess.adopt(identity)
                    .orElseThrow(() -> new IOException("process " + identity.pid() + " is not alive any more"));
            console = SerialConsole.open(files.log(), files.input(), consoleKept);
            Answers.InstanceInfo instance = api.ask(new Query.Instance());
            if (!instance.id().text().equals(spec.name())) {
                throw new IOException("process " + identity.pid() + " runs machine \"" + instance.id() + "\"");
            }
            if (instance.state() == Answers.State.NOT_STARTED) {
                // How far its configuration came nobody knows.
                throw new IOException("process " + identity.pid() + " was not told to start its guest");
            }
            return new Vmm(process, api, console, jail, console.begin());
        } catch (IOException e) {
            letGo(api, console, process);
            throw new MachineException(
                    "machine " + spec.name() + " cannot be taken over: " + e.getMessage()
                            + "; kill what is left of it and start it again",
                    e);
        }
    }

    /** What this VMM's guest wrote last, at most so many bytes. */
    String consoleTail(int max) {
        long written = console.end() - consoleFrom;
        return written <= 0 ? "" : console.tail((int) Math.min(max, written));
    }

    @Override
    public void letGo() {
        letGo(api, console, process);
    }

    private static void letGo(FirecrackerClient api, @Nullable SerialConsole console, @Nullable HostProcess process) {
        api.close();
        if (console != null) {
            console.close();
        }
        if (process != null) {
            process.close();
        }
    }
}

package dev.execlaw.microvm.machine;

import dev.execlaw.microvm.console.SerialConsole;
import dev.execlaw.microvm.process.HostProcess;
import java.util.concurrent.CompletableFuture;

/** A VMM that runs a machine, and our hands on it. Any thread may use it. */
public interface RunningVmm {

    HostProcess process();

    SerialConsole console();

    /** Completes with the exit status when the VMM is gone and nothing more is to be heard of it. */
    default CompletableFuture<Integer> end() {
        return process().exit();
    }

    /** Closes our hands; the VMM goes on. */
    void letGo();
}

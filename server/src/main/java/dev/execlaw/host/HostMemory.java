package dev.execlaw.host;

import dev.execlaw.microvm.process.ProcessIdentity;

/** Memory of the host, in MiB, as it is now. */
public interface HostMemory {

    int totalMiB();

    /** What could be given out without swapping. */
    int availableMiB();

    /** What a process has in memory; 0 when it is gone. */
    int residentMiB(ProcessIdentity process);
}

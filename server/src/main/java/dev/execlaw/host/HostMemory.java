package dev.execlaw.host;

import dev.execlaw.microvm.process.ProcessIdentity;

/** Memory of the host, in MiB, as it is now. */
public interface HostMemory {

    int totalMiB();

    /** What could be given out without swapping. Takes microseconds. */
    int availableMiB();

    /**
     * What a process has in memory, pages that it shares with others counted in equal parts (PSS); 0 when it is gone.
     * Takes a millisecond or more: the kernel walks all of the process's pages.
     */
    int proportionalMiB(ProcessIdentity process);
}

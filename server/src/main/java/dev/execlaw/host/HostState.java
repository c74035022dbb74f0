package dev.execlaw.host;

/** What tells whether the host is short of something, as it is now. */
public interface HostState {

    /** Memory that could be given out without swapping, MiB. */
    int availableMiB();

    int totalMiB();

    /** Stalls of the whole host; {@link Stalls#NONE} where the kernel does not count them. */
    Stalls host();

    /** Stalls of the control group that the machines are in; {@link Stalls#NONE} where there is none or it does not count. */
    Stalls machines();

    /** Free space where the data is, MiB. */
    long freeDiskMiB();
}

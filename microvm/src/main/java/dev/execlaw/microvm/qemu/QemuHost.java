package dev.execlaw.microvm.qemu;

/**
 * What all machines of one driver share.
 *
 * @param consoleKept how many bytes of each console keep their disk space
 */
record QemuHost(Confinement confinement, GuestMemory memory, Blanks blanks, long consoleKept) {}

package dev.execlaw.microvm.firecracker;

/** What a machine's guest begins with. */
public sealed interface Origin permits BootSpec, RestoreSpec {}

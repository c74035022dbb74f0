package dev.execlaw.microvm.firecracker;

/** The two files of a snapshot, read-only. The disk is not part of it. */
public record SavedMachine(HostPath state, HostPath memory) {}

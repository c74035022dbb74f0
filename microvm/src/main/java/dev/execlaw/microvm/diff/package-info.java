/**
 * What changed between two states of a guest's disk: {@code DiskDiff} gives a list of files and a unified patch. The disks
 * are read as they lie there, raw or as chains of qcow2 layers, by readers of our own for qcow2, ext4 and its journal:
 * nothing is mounted, booted or converted, and what two layers share is not even read. Guests write what is read here,
 * so every length, count and depth is checked and bounded, and no name from a disk is ever a path of the host.
 */
@NullMarked
package dev.execlaw.microvm.diff;

import org.jspecify.annotations.NullMarked;

/** The QEMU driver: command line, QMP, what confines QEMU, accelerator probe. */
@NullMarked
package dev.execlaw.microvm.qemu;

import org.jspecify.annotations.NullMarked;

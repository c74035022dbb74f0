/** The QEMU driver: command line, QMP, accelerator probe. */
@NullMarked
package dev.execlaw.microvm.qemu;

import org.jspecify.annotations.NullMarked;

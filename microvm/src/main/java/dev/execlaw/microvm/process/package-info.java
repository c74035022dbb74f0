/** Host processes: spawning, identity, deadlines, proof of death. */
@NullMarked
package dev.execlaw.microvm.process;

import org.jspecify.annotations.NullMarked;

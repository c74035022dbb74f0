/** What a guest is told when it wakes: who it is, what time it is, and randomness of its own. */
@NullMarked
package dev.execlaw.microvm.wake;

import org.jspecify.annotations.NullMarked;

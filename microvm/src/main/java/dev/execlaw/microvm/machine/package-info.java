/** A machine in the terms of the field: what it is made of, how it lives, how it ends. Drivers implement these types; nothing here knows a VMM. */
@NullMarked
package dev.execlaw.microvm.machine;

import org.jspecify.annotations.NullMarked;

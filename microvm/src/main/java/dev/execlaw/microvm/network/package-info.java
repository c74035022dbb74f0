/** Network places of machines: slots and what is derived from their number. */
@NullMarked
package dev.execlaw.microvm.network;

import org.jspecify.annotations.NullMarked;

/** The few Linux calls that the JDK does not offer, by the foreign function interface, one to one with the kernel's names. */
@NullMarked
package dev.execlaw.microvm.linux;

import org.jspecify.annotations.NullMarked;

/** The doctor: runs the checks of a host side by side, and the real host that they look at. */
@NullMarked
package dev.execlaw.doctor;

import org.jspecify.annotations.NullMarked;

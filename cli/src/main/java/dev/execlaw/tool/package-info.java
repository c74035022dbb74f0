/** The programs that a host must have, and the packages that bring them. */
@NullMarked
package dev.execlaw.tool;

import org.jspecify.annotations.NullMarked;

/** What may depend on what, and how the source tree must look: the rules of CONTRIBUTING.md that a machine can check. */
@NullMarked
package dev.execlaw.architecture;

import org.jspecify.annotations.NullMarked;

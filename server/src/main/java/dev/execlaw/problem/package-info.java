/** Errors as users meet them: a stable code, a cause in plain words, a next step. */
@NullMarked
package dev.execlaw.problem;

import org.jspecify.annotations.NullMarked;

/** Sessions: what they are, the states they pass through, one supervisor each. */
@NullMarked
package dev.execlaw.session;

import org.jspecify.annotations.NullMarked;

/** Templates: images that were booted once to a quiet, ready state, saved, and are cloned from then on. */
@NullMarked
package dev.execlaw.microvm.template;

import org.jspecify.annotations.NullMarked;

/** Images: recipes that build them, the store that keeps them, the checks that an image must pass before use. */
@NullMarked
package dev.execlaw.microvm.image;

import org.jspecify.annotations.NullMarked;

/** Work on the host's own files that many need alike. */
@NullMarked
package dev.execlaw.microvm.files;

import org.jspecify.annotations.NullMarked;

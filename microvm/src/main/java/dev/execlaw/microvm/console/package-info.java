/** A guest's serial line: bytes with an offset, kept on disk, read by any number of viewers at their own pace. */
@NullMarked
package dev.execlaw.microvm.console;

import org.jspecify.annotations.NullMarked;

package dev.execlaw.microvm.diff;

import org.jspecify.annotations.Nullable;

/**
 * A change with what is needed to show it.
 *
 * @param path one character for each byte
 */
record Found(
        String path,
        FileChange change,
        @Nullable Side before,
        @Nullable Side after) {}

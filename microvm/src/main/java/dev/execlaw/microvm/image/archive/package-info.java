/**
 * Archives of strangers, read so that nothing in them can reach outside: a streaming tar reader and an extractor that
 * never follows a link. Nothing here starts a process or knows what an image is.
 */
@NullMarked
package dev.execlaw.microvm.image.archive;

import org.jspecify.annotations.NullMarked;

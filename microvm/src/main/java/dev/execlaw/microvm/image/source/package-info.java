/**
 * Where the files of an image come from: the Firecracker CI bucket, releases of nullclaw and Firecracker, the lock file
 * that says which of them are known good, and the downloads. Only this package talks to the network on behalf of
 * images, and it starts no process. Nothing here knows how an image is built.
 */
@NullMarked
package dev.execlaw.microvm.image.source;

import org.jspecify.annotations.NullMarked;

/**
 * The Firecracker driver: a process in its jail, configured over its API, and what becomes of it. The API itself lives in
 * {@code firecracker.api}; nothing here decides whether this driver is taken.
 */
@NullMarked
package dev.execlaw.microvm.firecracker;

import org.jspecify.annotations.NullMarked;

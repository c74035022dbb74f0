/**
 * Firecracker's API as types and the client that speaks it: every request is a record that checks itself, every refusal
 * a kind of {@link dev.execlaw.microvm.firecracker.api.ApiException}. Nothing here starts a process or knows a machine.
 */
@NullMarked
package dev.execlaw.microvm.firecracker.api;

import org.jspecify.annotations.NullMarked;

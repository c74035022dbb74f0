/** The HTTP API, event stream, console WebSocket and the user interface's files. No logic of sessions lives here. */
@NullMarked
package dev.execlaw.http;

import org.jspecify.annotations.NullMarked;

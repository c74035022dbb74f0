/**
 * A2A as its client speaks it: JSON-RPC requests, answers as a stream of events. Knows neither sessions nor how requests
 * get to the agent. Names and forms are those of version 0.3.0 of the protocol (a2aproject/A2A, docs/specification.md) as
 * nullclaw/nullclaw, src/a2a.zig, has them.
 */
@NullMarked
package dev.execlaw.a2a;

import org.jspecify.annotations.NullMarked;

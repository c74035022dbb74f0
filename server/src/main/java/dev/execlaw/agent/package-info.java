/** Adapters: how one kind of agent is configured, started, fed, interrupted and recognised. */
@NullMarked
package dev.execlaw.agent;

import org.jspecify.annotations.NullMarked;

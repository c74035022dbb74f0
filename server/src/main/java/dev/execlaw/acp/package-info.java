/**
 * The Agent Client Protocol as its client speaks it: JSON-RPC in lines, and what its updates are as events. Knows neither
 * sessions nor how the lines get to the agent. Names and forms are those of agentclientprotocol/agent-client-protocol,
 * schema/schema.json, version 1.
 */
@NullMarked
package dev.execlaw.acp;

import org.jspecify.annotations.NullMarked;

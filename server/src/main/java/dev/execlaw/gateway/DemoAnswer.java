package dev.execlaw.gateway;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the built-in model says to one request.
 *
 * @param thinking reasoning before the text; may be empty
 * @param text visible text; may be empty before a tool call
 * @param tool a tool to call, null for none
 * @param perSecond tokens a second, 0 for as fast as they are taken
 */
record DemoAnswer(String thinking, String text, @Nullable Tool tool, int perSecond) {

    /** A tool call, not yet in any wire form. */
    record Tool(String name, ObjectNode arguments) {}

    static DemoAnswer of(String text) {
        return new DemoAnswer("", text, null, 0);
    }
}

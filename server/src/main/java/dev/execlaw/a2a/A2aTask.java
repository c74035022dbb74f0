package dev.execlaw.a2a;

import java.io.IOException;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * A task as the agent tells it.
 *
 * @param id the agent's own name for it; empty where there is none
 * @param state {@code submitted, working, completed, failed, canceled, rejected, ...}
 */
record A2aTask(String id, String state) {

    static final A2aTask NONE = new A2aTask("", "");

    private static final Set<String> OVER =
            Set.of("completed", "failed", "canceled", "rejected", "input-required", "auth-required");

    /** Whether nothing more will come of it by itself. */
    boolean over() {
        return OVER.contains(state);
    }

    /**
     * The first task of an answer, of which the rest may be missing: what the agent has said stands behind the state.
     *
     * @throws A2aException when it is an error
     * @throws IOException when it is no answer
     */
    static A2aTask read(String method, byte[] answer) throws IOException {
        String id = "";
        int code = 0;
        String message = "";
        boolean error = false;
        boolean known = false;
        try (JsonParser json = A2aEvents.MAPPER.createParser(answer)) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                known = true;
                if (token != JsonToken.PROPERTY_NAME) {
                    continue;
                }
                String name = json.currentName();
                JsonToken value = json.nextToken();
                int depth = depth(json);
                if (name.equals("error")) {
                    error = true;
                } else if (error && name.equals("code")) {
                    code = json.getIntValue();
                } else if (error && name.equals("message")) {
                    message = json.getString();
                } else if (name.equals("id") && depth > 1 && id.isEmpty() && value == JsonToken.VALUE_STRING) {
                    id = json.getString();
                } else if (name.equals("state") && !id.isEmpty()) {
                    return new A2aTask(id, json.getString());
                }
            }
        } catch (JacksonException e) {
            throw new IOException(method + " was answered by no JSON: " + e.getOriginalMessage(), e);
        }
        if (error) {
            throw new A2aException(method, code, message);
        }
        if (!known) {
            throw new IOException(method + " was not answered");
        }
        return NONE;
    }

    /** How many objects the parser is in. */
    private static int depth(JsonParser json) {
        int depth = 0;
        for (var at = json.streamReadContext(); at != null; at = at.getParent()) {
            if (at.inObject()) {
                depth++;
            }
        }
        return depth;
    }
}

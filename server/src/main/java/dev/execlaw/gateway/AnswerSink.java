package dev.execlaw.gateway;

import tools.jackson.databind.JsonNode;

/** Takes the parts of an answer as they are read from the wire, in order. */
interface AnswerSink {

    /** More visible text. */
    void text(String text);

    /** More reasoning. */
    void thinking(String text);

    /**
     * A whole tool call.
     *
     * @param nativeId the model's own id, empty for a call written as a tag
     */
    void toolCall(String nativeId, String name, JsonNode arguments);
}

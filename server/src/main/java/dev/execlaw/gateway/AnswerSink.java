package dev.execlaw.gateway;

import tools.jackson.databind.JsonNode;

/** Takes the parts of an answer as they are read from the wire, in order. */
interface AnswerSink {

    /** More visible text. */
    void text(String text);

    /** More reasoning. */
    void thinking(String text);

    /**
     * A tool call begins or goes on; it may still turn out to be none.
     *
     * @param call its number within the answer, in order of first sight
     * @param arguments more of their text; may be empty
     */
    void toolPart(int call, String name, String arguments);

    /** What was given of this call is none. */
    void toolWithdrawn(int call);

    /**
     * A whole tool call.
     *
     * @param call its number within the answer
     * @param nativeId the model's own id, empty for a call written as a tag
     */
    void toolCall(int call, String nativeId, String name, JsonNode arguments);
}

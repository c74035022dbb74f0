package dev.execlaw.gateway;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Something that answers model requests, in the wire format of OpenAI's streaming chat completions. */
sealed interface Provider permits DemoProvider, OpenAiCompatible, OpenRouter, Anthropic {

    /**
     * Begins a call and returns at once; the answer comes through the sink, on other threads.
     *
     * @param request body of the call in OpenAI's form; the provider may change it
     * @param key real API key, null where none is needed
     * @param memory of the session that calls
     */
    Exchange call(ObjectNode request, @Nullable String key, ThinkingMemory memory, UpstreamSink sink);

    /** A call on its way. */
    interface Exchange {

        /** Ends it; the sink may still get what was on its way. Any thread. */
        void cancel();

        /** The answer is whole: what little may follow is thrown away, and the connection kept for the next call. */
        default void release() {
            cancel();
        }
    }

    /** Takes an answer: {@code started}, any number of {@code data}, then {@code ended} or {@code broken}. */
    interface UpstreamSink {

        /**
         * The answer's head.
         *
         * @param retryAfter seconds that the provider asks to wait, 0 when it says nothing
         */
        void started(int status, String contentType, long retryAfter);

        /** More bytes. Until {@code done} runs, the provider sends no more than a little. */
        void data(byte[] bytes, Runnable done);

        void ended();

        void broken(Throwable cause);
    }
}

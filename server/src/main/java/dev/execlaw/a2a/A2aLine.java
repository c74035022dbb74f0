package dev.execlaw.a2a;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/** Gets requests to an agent's endpoint. Any thread may use it. */
public interface A2aLine {

    /**
     * Sends a request that is answered at once.
     *
     * @return the answer, or its begin where it is very long
     * @throws Unheard where it did not get to the agent
     * @throws IOException where nobody knows whether it did
     */
    byte[] call(byte[] request) throws IOException, InterruptedException;

    /** Sends a request that is answered as things happen. */
    Answer open(byte[] request) throws IOException, InterruptedException;

    /** An answer on its way. Closing it does not end what it is about. */
    interface Answer extends Closeable {

        /** Its bytes; the end is the agent's, or that of the way to it. */
        InputStream body();

        /**
         * Whether nobody listened, asked at the end of the body. Then the request did not get to the agent.
         *
         * @param stray what came that was no part of an answer
         */
        boolean unheard(String stray);
    }

    /** The request did not get to the agent. */
    final class Unheard extends IOException {

        private static final long serialVersionUID = 1;

        public Unheard(String message) {
            super(message);
        }
    }
}

package dev.execlaw.gateway;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** What may happen to a call while it waits. */
sealed interface Signal {

    /** The provider's answer begins. */
    record Started(int status, String contentType, long retryAfter) implements Signal {}

    /** Bytes of the provider. */
    final class Data implements Signal {
        private final byte[] bytes;
        private final Runnable done;

        Data(byte[] bytes, Runnable done) {
            this.bytes = bytes;
            this.done = done;
        }

        byte[] bytes() {
            return bytes;
        }

        /** Asks the provider for more. */
        void done() {
            done.run();
        }
    }

    /** The provider's answer is over. */
    record Ended() implements Signal {}

    /** The provider cannot be reached or broke off. */
    record Broken(Throwable cause) implements Signal {}

    /** Someone wants the call to end: look at the session why. */
    record Stop() implements Signal {}

    /** Hands a provider's answer to the thread of the call. */
    final class Queue implements Provider.UpstreamSink {

        private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();

        BlockingQueue<Signal> signals() {
            return signals;
        }

        void stop() {
            signals.add(new Stop());
        }

        @Override
        public void started(int status, String contentType, long retryAfter) {
            signals.add(new Started(status, contentType, retryAfter));
        }

        @Override
        public void data(byte[] bytes, Runnable done) {
            signals.add(new Data(bytes, done));
        }

        @Override
        public void ended() {
            signals.add(new Ended());
        }

        @Override
        public void broken(Throwable cause) {
            signals.add(new Broken(cause));
        }
    }
}

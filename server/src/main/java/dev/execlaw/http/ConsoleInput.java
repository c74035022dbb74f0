package dev.execlaw.http;

import dev.execlaw.microvm.console.Console;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What one viewer types. A guest that does not read blocks the writer, so writing has a thread of its own: the viewer's
 * acknowledgements still get through.
 */
final class ConsoleInput {

    /** Most bytes that wait for the guest. */
    static final int WAITING = 1 << 20;

    private final Console console;
    private final BlockingQueue<byte[]> queue = new LinkedBlockingQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    /** Set once, by the thread that closes the viewer. */
    private volatile boolean closed;

    ConsoleInput(Console console) {
        this.console = console;
    }

    /** Takes bytes for the guest; false when too many wait already. */
    boolean offer(byte[] bytes) {
        if (waiting.addAndGet(bytes.length) > WAITING) {
            waiting.addAndGet(-bytes.length);
            return false;
        }
        return queue.add(bytes);
    }

    void close() {
        closed = true;
    }

    /** Writes until closed. Runs on a virtual thread of its own. */
    void pump() throws IOException, InterruptedException {
        while (!closed) {
            byte[] bytes = queue.poll(1, TimeUnit.SECONDS);
            if (bytes != null) {
                console.write(bytes);
                waiting.addAndGet(-bytes.length);
            }
        }
    }
}

package dev.execlaw.session;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.time.Duration;

/**
 * A session's console as its viewers have it: it goes on through the sleep of its machine, as the log of all machines of a
 * session is one, and what is typed wakes a machine that sleeps. It ends when the session's machine is stopped. Any thread
 * may use it.
 */
final class LastingConsole implements Console {

    private final Supervisor session;
    private final Runnable waker;

    /**
     * The console of a session that has had a machine.
     *
     * @param waker wakes it, returns when its agent waits, and throws {@link ProblemException} when it does not
     */
    LastingConsole(Supervisor session, Runnable waker) {
        this.session = session;
        this.waker = waker;
    }

    @Override
    public long begin() {
        return now().begin();
    }

    @Override
    public long end() {
        return now().end();
    }

    @Override
    public String tail(int max) {
        return now().tail(max);
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        if (session.asleep()) {
            try {
                waker.run();
            } catch (ProblemException e) {
                throw new IOException("the machine sleeps and does not wake: " + e.getMessage(), e);
            }
        }
        now().write(bytes);
    }

    /** Whether there is no machine, and none comes by itself. */
    private boolean over() {
        return switch (session.view().state()) {
            case STOPPING, STOPPED, FAILED -> true;
            case CREATING, BOOTING, RUNNING, PAUSED -> false;
        };
    }

    private Console now() {
        return session.consoles()
                .current()
                .orElseThrow(() -> new IllegalStateException("the session has no console any more"));
    }

    @Override
    public Reader reader(long offset) throws IOException {
        Console first = now();
        return new Viewer(first, first.reader(offset));
    }

    /** Goes from one machine's console to the next one's. */
    private final class Viewer implements Reader {

        private Console console;
        private Reader reader;

        Viewer(Console console, Reader reader) {
            this.console = console;
            this.reader = reader;
        }

        @Override
        public long offset() {
            return reader.offset();
        }

        @Override
        public int read(byte[] buffer, Duration wait) throws IOException, InterruptedException {
            int count = readHere(buffer, wait);
            if (count >= 0) {
                return count;
            }
            if (goOn()) {
                return 0;
            }
            if (over()) {
                return -1;
            }
            session.consoles().awaitOther(console, wait);
            return 0;
        }

        /** A machine's console is closed with it, also under one who still reads what is old of it. */
        private int readHere(byte[] buffer, Duration wait) throws IOException, InterruptedException {
            try {
                return reader.read(buffer, wait);
            } catch (IOException e) {
                if (session.consoles().isCurrent(console)) {
                    throw e;
                }
                return -1;
            }
        }

        private boolean goOn() throws IOException {
            if (session.consoles().isCurrent(console)) {
                return false;
            }
            Console next = now();
            Reader further = next.reader(reader.offset());
            reader.close();
            console = next;
            reader = further;
            return true;
        }

        @Override
        public void close() {
            reader.close();
        }
    }
}

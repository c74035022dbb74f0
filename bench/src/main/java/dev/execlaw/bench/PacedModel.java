package dev.execlaw.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A provider on loopback that streams at a steady pace: every token is the time at which it was sent, so whoever reads it
 * knows how long it took. One answer for each connection.
 */
final class PacedModel extends LocalProvider {

    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

    private final long period;
    private final int tokens;

    /** An answer of so many tokens, a second's worth of {@code perSecond}. */
    PacedModel(int perSecond, int tokens) throws IOException {
        this.period = TimeUnit.SECONDS.toNanos(1) / perSecond;
        this.tokens = tokens;
        listen();
    }

    @Override
    void serve(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        if (in.read(new byte[64 << 10]) <= 0) {
            return;
        }
        OutputStream out = socket.getOutputStream();
        out.write(HEAD.getBytes(US_ASCII));
        long begin = System.nanoTime();
        for (int i = 0; i < tokens; i++) {
            long due = begin + i * period;
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            out.write(
                    ("data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,"
                                    + "\"delta\":{\"content\":\"@" + System.nanoTime()
                                    + " \"},\"finish_reason\":null}]}\n\n")
                            .getBytes(US_ASCII));
        }
        out.write(END.getBytes(US_ASCII));
    }
}

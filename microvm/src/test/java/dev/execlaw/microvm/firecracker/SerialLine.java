package dev.execlaw.microvm.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The tests' end of a serial line: what the guest writes is collected, byte for byte. */
final class SerialLine {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PROMPT = "\033]133;B\007";

    private final OutputStream input;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean ended;
    private int read;

    /** Reads from now on, on a virtual thread, to the end. */
    SerialLine(InputStream output, OutputStream input) {
        this.input = input;
        Thread.ofVirtual().start(() -> collect(output));
    }

    private void collect(InputStream output) {
        byte[] buffer = new byte[8192];
        try (output) {
            int n;
            while ((n = output.read(buffer)) >= 0) {
                synchronized (this) {
                    bytes.write(buffer, 0, n);
                    notifyAll();
                }
            }
        } catch (IOException e) {
            synchronized (this) {
                bytes.writeBytes(("(" + e.getMessage() + ")").getBytes(UTF_8));
            }
        }
        synchronized (this) {
            ended = true;
            notifyAll();
        }
    }

    /** Waits until the guest has written that text; gives what came before it. */
    synchronized String await(String text) throws InterruptedException {
        // One char for each byte: a character may be split anywhere.
        String wanted = new String(text.getBytes(UTF_8), StandardCharsets.ISO_8859_1);
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            String all = bytes.toString(StandardCharsets.ISO_8859_1);
            int at = all.indexOf(wanted, read);
            if (at >= 0) {
                String before = all.substring(read, at);
                read = at + wanted.length();
                return new String(before.getBytes(StandardCharsets.ISO_8859_1), UTF_8);
            }
            long left = (until - System.nanoTime()) / 1_000_000;
            assertThat(!ended && left > 0)
                    .as("\"%s\" on the console; there is: %s", text, all.substring(Math.max(0, all.length() - 2000)))
                    .isTrue();
            wait(left);
        }
    }

    /** Waits until nothing more can come. */
    synchronized boolean awaitEnd() throws InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!ended && until - System.nanoTime() > 0) {
            wait(Math.max(1, (until - System.nanoTime()) / 1_000_000));
        }
        return ended;
    }

    SerialLine awaitPrompt() throws InterruptedException {
        await(PROMPT);
        return this;
    }

    void send(String text) throws IOException {
        input.write(text.getBytes(UTF_8));
        input.flush();
    }

    /** Runs a command at the prompt; gives back what it wrote. */
    String run(String command) throws IOException, InterruptedException {
        send(command + "\n");
        await("\033]133;C\007");
        String output = await("\033]133;D;");
        awaitPrompt();
        return output.replace("\r", "");
    }
}

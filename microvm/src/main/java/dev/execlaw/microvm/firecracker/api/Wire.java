package dev.execlaw.microvm.firecracker.api;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/**
 * One connection in the part of HTTP/1.1 that Firecracker's server speaks (micro-http, src/connection.rs). Used by one
 * thread; {@link #close} by any, which is how a deadline ends a call. General clients do not hold it: the 503 for one
 * connection too many is sent unasked, before the first request, and they lose it with the connection.
 */
final class Wire implements AutoCloseable {

    private static final int LONGEST_HEAD = 16 * 1024;
    private static final int LONGEST_BODY = 16 << 20;
    private static final int CONTINUE = 100;
    private static final int NO_CONTENT = 204;
    private static final int UNAVAILABLE = 503;

    private final SocketChannel channel;
    private final ByteBuffer input = ByteBuffer.allocate(8192).flip();

    private Wire(SocketChannel channel) {
        this.channel = channel;
    }

    /** A connection that is not made yet. */
    static Wire create() throws IOException {
        return new Wire(SocketChannel.open(StandardProtocolFamily.UNIX));
    }

    void connect(Path socket) throws IOException {
        channel.connect(UnixDomainSocketAddress.of(socket));
    }

    boolean connected() {
        return channel.isConnected();
    }

    /** Sends one request and reads its answer. */
    RawAnswer exchange(Method method, String path, byte[] body) throws IOException {
        if (input.hasRemaining()) {
            throw new IOException("there are " + input.remaining() + " bytes that answer no request");
        }
        try {
            send(method, path, body);
        } catch (IOException e) {
            return unasked(e);
        }
        Head head = head();
        while (head.status() == CONTINUE) {
            head = head();
        }
        return answer(head);
    }

    private void send(Method method, String path, byte[] body) throws IOException {
        // A length always, except where none may be: chunks are not read, and without a length there is no body.
        boolean bodied = method == Method.PUT || method == Method.PATCH;
        String head = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
                + (bodied && body.length > 0
                        ? "Content-Type: application/json\r\nContent-Length: " + body.length + "\r\n"
                        : "")
                + "\r\n";
        ByteBuffer bytes = ByteBuffer.allocate(head.length() + body.length);
        bytes.put(head.getBytes(StandardCharsets.US_ASCII)).put(body).flip();
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** What the server said before it closed the connection on us, else why nothing could be sent. */
    private RawAnswer unasked(IOException sending) throws IOException {
        try {
            return answer(head());
        } catch (IOException e) {
            sending.addSuppressed(e);
            throw sending;
        }
    }

    private RawAnswer answer(Head head) throws IOException {
        byte[] body;
        if (head.length() >= 0) {
            body = exactly(head.length());
        } else if (head.status() == UNAVAILABLE) {
            body = untilEnd();
        } else {
            body = new byte[0];
        }
        return new RawAnswer(head.status(), new String(body, StandardCharsets.UTF_8), head.deprecated());
    }

    private Head head() throws IOException {
        String[] status = line().split(" ", 3);
        if (status.length < 2 || !status[0].startsWith("HTTP/1.") || !status[1].matches("\\d{3}")) {
            throw new IOException("no HTTP answer: \"" + String.join(" ", status) + "\"");
        }
        int code = Integer.parseInt(status[1]);
        int length = -1;
        boolean deprecated = false;
        int size = 0;
        for (String line = line(); !line.isEmpty(); line = line()) {
            size += line.length();
            if (size > LONGEST_HEAD) {
                throw new IOException("the answer's headers are longer than " + LONGEST_HEAD + " bytes");
            }
            int colon = line.indexOf(':');
            String name = colon < 0 ? "" : line.substring(0, colon).toLowerCase(Locale.ROOT);
            String value = line.substring(colon + 1).strip();
            if (name.equals("content-length")) {
                length = length(value);
            } else if (name.equals("deprecation")) {
                deprecated = value.equalsIgnoreCase("true");
            }
        }
        return new Head(code, code == NO_CONTENT ? 0 : length, deprecated);
    }

    private static int length(String value) throws IOException {
        if (!value.matches("\\d{1,8}") || Integer.parseInt(value) > LONGEST_BODY) {
            throw new IOException("Content-Length is \"" + value + "\", at most " + LONGEST_BODY + " is read");
        }
        return Integer.parseInt(value);
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(80);
        while (true) {
            int b = next();
            if (b == '\n') {
                String text = line.toString(StandardCharsets.ISO_8859_1);
                return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
            }
            if (line.size() == LONGEST_HEAD) {
                throw new IOException("a line of the answer is longer than " + LONGEST_HEAD + " bytes");
            }
            line.write(b);
        }
    }

    private int next() throws IOException {
        if (!input.hasRemaining() && !fill()) {
            throw new EOFException("Firecracker closed the connection");
        }
        return input.get();
    }

    private boolean fill() throws IOException {
        input.clear();
        int n = channel.read(input);
        input.flip();
        return n > 0;
    }

    private byte[] exactly(int length) throws IOException {
        byte[] body = new byte[length];
        int at = 0;
        while (at < length) {
            if (!input.hasRemaining() && !fill()) {
                throw new EOFException(
                        "Firecracker closed the connection after " + at + " of " + length + " bytes of its answer");
            }
            int n = Math.min(length - at, input.remaining());
            input.get(body, at, n);
            at += n;
        }
        return body;
    }

    private byte[] untilEnd() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (body.size() < LONGEST_HEAD && (input.hasRemaining() || fillUnlessReset())) {
            body.write(input.get());
        }
        return body.toByteArray();
    }

    private boolean fillUnlessReset() {
        try {
            return fill();
        } catch (IOException _) {
            // Closed with our request unread, which counts as a reset; what was written before it has been read.
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** @param length of the body, -1 when it is not told */
    private record Head(int status, int length, boolean deprecated) {}
}

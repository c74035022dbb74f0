package dev.execlaw.microvm.network.names;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;

/** Reads names of DNS messages (RFC 1035, section 4.1.4). */
final class Names {

    private static final int LONGEST = 253;
    private static final int POINTER = 0xc0;

    private Names() {}

    /** The name at the buffer's position, without a dot at its end; the position is after it then. */
    static String read(ByteBuffer message) throws MalformedMessageException {
        StringBuilder name = new StringBuilder();
        ByteBuffer at = message.duplicate();
        boolean jumped = false;
        while (true) {
            int length = next(at);
            if ((length & POINTER) == POINTER) {
                int target = (length & ~POINTER) << 8 | next(at);
                if (!jumped) {
                    message.position(at.position());
                    jumped = true;
                }
                // Only ever backwards, so that it comes to an end.
                if (target >= at.position() - 2) {
                    throw new MalformedMessageException("a name points forward");
                }
                at.position(target);
            } else if (length == 0) {
                if (!jumped) {
                    message.position(at.position());
                }
                return name.toString();
            } else {
                append(name, at, length);
            }
        }
    }

    private static void append(StringBuilder name, ByteBuffer at, int length) throws MalformedMessageException {
        if (length > 63 || at.remaining() < length || name.length() + length + 1 > LONGEST + 1) {
            throw new MalformedMessageException("a label has " + length + " bytes, " + at.remaining() + " are left");
        }
        byte[] label = new byte[length];
        at.get(label);
        String text = new String(label, ISO_8859_1);
        if (text.indexOf('.') >= 0) {
            throw new MalformedMessageException("a label has a dot in it");
        }
        name.append(name.isEmpty() ? "" : ".").append(text);
    }

    private static int next(ByteBuffer at) throws MalformedMessageException {
        if (!at.hasRemaining()) {
            throw new MalformedMessageException("a name ends early");
        }
        return at.get() & 0xff;
    }
}

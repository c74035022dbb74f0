package dev.execlaw.microvm.network.names;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A query with its one question (RFC 1035, section 4.1), and the answers to it. Immutable. */
final class Question {

    static final int TYPE_A = 1;
    static final int TYPE_CNAME = 5;
    static final int TYPE_AAAA = 28;
    static final int TYPE_SVCB = 64;
    static final int TYPE_HTTPS = 65;
    static final int CLASS_IN = 1;

    static final int NO_ERROR = 0;
    static final int SERVER_FAILURE = 2;
    static final int NOT_IMPLEMENTED = 4;
    static final int REFUSED = 5;

    static final int HEADER = 12;

    private static final int RESPONSE = 0x8000;
    private static final int OPCODE = 0x7800;
    private static final int RECURSION_DESIRED = 0x0100;
    private static final int RECURSION_AVAILABLE = 0x0080;
    private static final int TO_THE_NAME_ASKED = 0xc00c;

    private final int id;
    private final int flags;
    private final String name;
    private final int type;

    /** The question as it came, for the answer must repeat it letter by letter. */
    private final byte[] bytes;

    private Question(int id, int flags, String name, int type, byte[] bytes) {
        this.id = id;
        this.flags = flags;
        this.name = name;
        this.type = type;
        this.bytes = bytes;
    }

    /** In lower case, without a dot at its end. */
    String name() {
        return name;
    }

    /** Of the records that are asked for. */
    int type() {
        return type;
    }

    /**
     * Reads a query.
     *
     * @throws MalformedMessageException when it is not one with one question of the internet's class
     */
    static Question parse(byte[] message) throws MalformedMessageException {
        ByteBuffer buffer = ByteBuffer.wrap(message);
        if (buffer.remaining() < HEADER) {
            throw new MalformedMessageException("the message has " + buffer.remaining() + " bytes");
        }
        int id = buffer.getShort() & 0xffff;
        int flags = buffer.getShort() & 0xffff;
        int questions = buffer.getShort() & 0xffff;
        if ((flags & (RESPONSE | OPCODE)) != 0 || questions != 1) {
            throw new MalformedMessageException("flags are " + flags + ", questions " + questions);
        }
        buffer.position(HEADER);
        String name = Names.read(buffer);
        if (buffer.remaining() < 4) {
            throw new MalformedMessageException("the question ends early");
        }
        int type = buffer.getShort() & 0xffff;
        int kind = buffer.getShort() & 0xffff;
        if (kind != CLASS_IN) {
            throw new MalformedMessageException("class " + kind);
        }
        return new Question(
                id, flags, name.toLowerCase(Locale.ROOT), type, Arrays.copyOfRange(message, HEADER, buffer.position()));
    }

    /** The query to ask someone else. */
    byte[] ask(int freshId) {
        ByteBuffer message = ByteBuffer.allocate(HEADER + bytes.length);
        message.putShort((short) freshId).putShort((short) RECURSION_DESIRED).putShort((short) 1);
        message.position(HEADER);
        return message.put(bytes).array();
    }

    /** The answer with IPv4 addresses, which are all said of the very name that was asked for. */
    byte[] answer(int status, List<String> addresses, long seconds) {
        ByteBuffer message = ByteBuffer.allocate(HEADER + bytes.length + 16 * addresses.size());
        int answered = RESPONSE | RECURSION_AVAILABLE | (flags & RECURSION_DESIRED) | status;
        message.putShort((short) id).putShort((short) answered);
        message.putShort((short) 1).putShort((short) addresses.size());
        message.position(HEADER);
        message.put(bytes);
        for (String address : addresses) {
            message.putShort((short) TO_THE_NAME_ASKED).putShort((short) TYPE_A).putShort((short) CLASS_IN);
            message.putInt((int) seconds).putShort((short) 4);
            for (String part : address.split("\\.", -1)) {
                message.put((byte) Integer.parseInt(part));
            }
        }
        return message.array();
    }
}

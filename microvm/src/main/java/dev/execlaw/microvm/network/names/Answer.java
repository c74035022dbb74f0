package dev.execlaw.microvm.network.names;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What a name server answered to a question for IPv4 addresses.
 *
 * @param status the response code
 * @param truncated whether there is more, which is told by TCP only
 * @param addresses of the name, aliases followed
 * @param seconds how long they hold, aliases included
 */
record Answer(int status, boolean truncated, List<String> addresses, long seconds) {

    private static final int RESPONSE = 0x8000;
    private static final int TRUNCATED = 0x0200;
    private static final int STATUS = 0x000f;
    private static final int MOST_ALIASES = 16;

    Answer {
        addresses = List.copyOf(addresses);
    }

    /**
     * Reads an answer.
     *
     * @throws MalformedMessageException when it is none, or not one to this question with this id
     */
    static Answer parse(byte[] bytes, Question question, int id) throws MalformedMessageException {
        ByteBuffer message = ByteBuffer.wrap(bytes);
        if (message.remaining() < Question.HEADER || (message.getShort(0) & 0xffff) != id) {
            throw new MalformedMessageException("it answers something else");
        }
        int flags = message.getShort(2) & 0xffff;
        int answers = message.getShort(6) & 0xffff;
        if ((flags & RESPONSE) == 0 || message.getShort(4) != 1) {
            throw new MalformedMessageException("it is no answer to one question");
        }
        message.position(Question.HEADER);
        String name = lower(Names.read(message));
        if (message.remaining() < 4
                || !name.equals(question.name())
                || (message.getShort() & 0xffff) != question.type()
                || (message.getShort() & 0xffff) != Question.CLASS_IN) {
            throw new MalformedMessageException("it answers for " + name);
        }
        Records records = new Records();
        for (int i = 0; i < answers; i++) {
            records.read(message);
        }
        boolean truncated = (flags & TRUNCATED) != 0;
        return records.of(name, flags & STATUS, truncated);
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** The records of a message, as they are read. */
    private static final class Records {

        private final Map<String, String> aliases = new HashMap<>();
        private final Map<String, List<String>> addresses = new HashMap<>();
        private final Map<String, Long> seconds = new HashMap<>();

        void read(ByteBuffer message) throws MalformedMessageException {
            String owner = lower(Names.read(message));
            if (message.remaining() < 10) {
                throw new MalformedMessageException("a record ends early");
            }
            int type = message.getShort() & 0xffff;
            int kind = message.getShort() & 0xffff;
            long holds = Math.max(0, message.getInt());
            int length = message.getShort() & 0xffff;
            int end = message.position() + length;
            if (end > message.limit()) {
                throw new MalformedMessageException("a record is longer than the message");
            }
            if (kind == Question.CLASS_IN && type == Question.TYPE_A && length == 4) {
                addresses.computeIfAbsent(owner, _ -> new ArrayList<>()).add(address(message));
                seconds.merge(owner, holds, Math::min);
            } else if (kind == Question.CLASS_IN && type == Question.TYPE_CNAME) {
                aliases.put(owner, lower(Names.read(message)));
                seconds.merge(owner, holds, Math::min);
            }
            message.position(end);
        }

        Answer of(String asked, int status, boolean truncated) {
            String name = asked;
            long holds = seconds.getOrDefault(name, Long.MAX_VALUE);
            Set<String> seen = new HashSet<>();
            while (aliases.containsKey(name) && seen.add(name) && seen.size() <= MOST_ALIASES) {
                name = aliases.getOrDefault(name, name);
                holds = Math.min(holds, seconds.getOrDefault(name, Long.MAX_VALUE));
            }
            return new Answer(status, truncated, addresses.getOrDefault(name, List.of()), holds);
        }

        private static String address(ByteBuffer message) {
            return (message.get() & 0xff) + "." + (message.get() & 0xff) + "." + (message.get() & 0xff) + "."
                    + (message.get() & 0xff);
        }
    }
}

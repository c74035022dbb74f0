package dev.execlaw.microvm.network;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.execlaw.microvm.linux.Netlink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/**
 * Reads what the elements of a slot have counted, straight from the kernel: to show one element nft first reads all of
 * them. Messages as in linux/netfilter/nf_tables.h.
 */
final class Counters {

    private static final int NFT_MSG_GETSETELEM = 10 << 8 | 13;
    private static final int NLM_F_REQUEST = 1;
    private static final byte NFPROTO_INET = 1;
    private static final int NFTA_SET_ELEM_LIST_TABLE = 1;
    private static final int NFTA_SET_ELEM_LIST_SET = 2;
    private static final int NFTA_SET_ELEM_LIST_ELEMENTS = 3;
    private static final int NFTA_LIST_ELEM = 1;
    private static final int NFTA_SET_ELEM_KEY = 1;
    private static final int NFTA_SET_ELEM_EXPR = 7;
    private static final int NFTA_DATA_VALUE = 1;
    private static final int NFTA_EXPR_DATA = 2;
    private static final int NFTA_COUNTER_BYTES = 1;
    private static final int NFTA_COUNTER_PACKETS = 2;
    private static final int NLA_F_NESTED = 0x8000;
    private static final int NLA_TYPE = 0x3fff;
    private static final int HEADERS = 20;
    private static final int IFNAMSIZ = 16;

    private Counters() {}

    static Traffic read(Slot slot) throws NetworkException {
        try (Netlink netlink = Netlink.open(Netlink.NETLINK_NETFILTER)) {
            Count sent = count(netlink, "sent", slot);
            Count received = count(netlink, "received", slot);
            Count dropped = count(netlink, "dropped", slot);
            return new Traffic(
                    sent.bytes(),
                    sent.packets(),
                    received.bytes(),
                    received.packets(),
                    dropped.packets(),
                    dropped.bytes());
        } catch (IOException e) {
            throw new NetworkException(
                    "cannot read the counters of slot " + slot.index() + " (is it attached?): " + e.getMessage(), e);
        }
    }

    private static Count count(Netlink netlink, String set, Slot slot) throws IOException {
        byte[] answer = netlink.ask(question(set, slot.tap()), "get element " + slot.tap() + " of set " + set);
        ByteBuffer attributes = ByteBuffer.wrap(answer).order(ByteOrder.nativeOrder());
        attributes.position(Math.min(HEADERS, answer.length));
        return path(
                        attributes.slice().order(ByteOrder.nativeOrder()),
                        NFTA_SET_ELEM_LIST_ELEMENTS,
                        NFTA_LIST_ELEM,
                        NFTA_SET_ELEM_EXPR,
                        NFTA_EXPR_DATA)
                .flatMap(Counters::count)
                .orElseThrow(() -> new IOException("set " + set + " counts nothing for " + slot.tap()));
    }

    private static Optional<Count> count(ByteBuffer counter) {
        Optional<ByteBuffer> bytes = path(counter, NFTA_COUNTER_BYTES);
        Optional<ByteBuffer> packets = path(counter, NFTA_COUNTER_PACKETS);
        return bytes.isEmpty() || packets.isEmpty()
                ? Optional.empty()
                : Optional.of(new Count(
                        packets.get().order(ByteOrder.BIG_ENDIAN).getLong(0),
                        bytes.get().order(ByteOrder.BIG_ENDIAN).getLong(0)));
    }

    /** The payload of an attribute inside of attributes. */
    private static Optional<ByteBuffer> path(ByteBuffer attributes, int... types) {
        ByteBuffer rest = attributes.duplicate().order(ByteOrder.nativeOrder());
        while (rest.remaining() >= 4) {
            int length = rest.getShort(rest.position()) & 0xffff;
            int type = rest.getShort(rest.position() + 2) & NLA_TYPE;
            if (length < 4 || length > rest.remaining()) {
                return Optional.empty();
            }
            if (type == types[0]) {
                ByteBuffer payload = rest.slice(rest.position() + 4, length - 4).order(ByteOrder.nativeOrder());
                return types.length == 1
                        ? Optional.of(payload)
                        : path(payload, Arrays.copyOfRange(types, 1, types.length));
            }
            rest.position(Math.min(rest.limit(), rest.position() + padded(length)));
        }
        return Optional.empty();
    }

    private static byte[] question(String set, String device) {
        byte[] value = attribute(NFTA_DATA_VALUE, Arrays.copyOf(device.getBytes(US_ASCII), IFNAMSIZ));
        byte[] element = attribute(NLA_F_NESTED | NFTA_SET_ELEM_KEY, value);
        byte[] list = attribute(
                NLA_F_NESTED | NFTA_SET_ELEM_LIST_ELEMENTS, attribute(NLA_F_NESTED | NFTA_LIST_ELEM, element));
        byte[] table = attribute(NFTA_SET_ELEM_LIST_TABLE, "execlaw\0".getBytes(US_ASCII));
        byte[] name = attribute(NFTA_SET_ELEM_LIST_SET, (set + "\0").getBytes(US_ASCII));
        int length = HEADERS + table.length + name.length + list.length;
        ByteBuffer message = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
        message.putInt(length).putShort((short) NFT_MSG_GETSETELEM).putShort((short) NLM_F_REQUEST);
        message.putInt(0).putInt(0);
        message.put(NFPROTO_INET).put((byte) 0).putShort((short) 0);
        return message.put(table).put(name).put(list).array();
    }

    private static byte[] attribute(int type, byte[] payload) {
        ByteBuffer attribute = ByteBuffer.allocate(padded(4 + payload.length)).order(ByteOrder.nativeOrder());
        attribute.putShort((short) (4 + payload.length)).putShort((short) type).put(payload);
        return attribute.array();
    }

    private static int padded(int length) {
        return length + 3 & ~3;
    }

    private record Count(long packets, long bytes) {}
}

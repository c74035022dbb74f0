package dev.execlaw.microvm.wake;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.execlaw.microvm.image.GuestFile;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;

/**
 * What is said at a wake-up port, as the guest's program reads it: one line, preceded by a newline so that a reader which
 * was left within an older line finds it.
 *
 * <pre>{@code
 * execlaw-wake/1 NONCE LENGTH SUM ORDER WORD...
 * execlaw-woke/1 NONCE ok MILLISECONDS [COUNT]
 * execlaw-woke/1 NONCE error TEXT
 * }</pre>
 *
 * <p>NONCE is 16 hexadecimal digits that the answer repeats. LENGTH and SUM are of what follows {@code "SUM "}: its bytes,
 * and the sum of its big-endian 32-bit words, padded with zeros, modulo 2^32. Orders and their words:
 *
 * <pre>{@code
 * wake time=NANOSECONDS entropy=HEX [address= netmask= gateway= mac= hostname= machine-id=] [file=MODE,HEX,PATH]... [release]
 * settle limit=MILLISECONDS
 * interrupt agent=HEX patience=MILLISECONDS
 * }</pre>
 */
final class WakeMessage {

    /** Bytes of entropy that every wake-up brings: twice what the kernel's generator has as its key. */
    static final int ENTROPY = 64;

    /** Longest line, as the guest's program has it. */
    static final int LIMIT = 1 << 20;

    private static final int HEAD = 64;

    private WakeMessage() {}

    /** All of a wake-up but the time. */
    static String rest(Wake wake, byte[] entropy) {
        HexFormat hex = HexFormat.of();
        StringBuilder text = new StringBuilder(" entropy=").append(hex.formatHex(entropy));
        Identity identity = wake.identity();
        if (identity != null) {
            text.append(" address=").append(identity.slot().guest());
            text.append(" netmask=").append(identity.slot().netmask());
            text.append(" gateway=").append(identity.slot().gateway());
            text.append(" mac=").append(identity.slot().mac());
            text.append(" hostname=").append(identity.hostname());
            text.append(" machine-id=").append(identity.machineId());
        }
        for (GuestFile file : wake.files()) {
            text.append(" file=%04o,".formatted(file.mode()));
            text.append(hex.formatHex(file.content())).append(',').append(file.path());
        }
        return text.append(wake.release() ? " release" : "").toString();
    }

    static String wake(Instant now, String rest) {
        return "wake time=%d%09d".formatted(now.getEpochSecond(), now.getNano()) + rest;
    }

    static String settle(Duration patience) {
        return "settle limit=" + patience.toMillis();
    }

    static String interrupt(String agent, Duration patience) {
        return "interrupt agent=" + HexFormat.of().formatHex(agent.getBytes(UTF_8)) + " patience="
                + patience.toMillis();
    }

    /** The line with what it is checked by. */
    static byte[] framed(String nonce, String order) throws WakeException {
        byte[] text = order.getBytes(US_ASCII);
        if (text.length > LIMIT - HEAD) {
            throw new WakeException("the message has " + text.length + " bytes, at most " + (LIMIT - HEAD)
                    + " can be told, and a file counts twice: give fewer or smaller files");
        }
        byte[] head = "\nexeclaw-wake/1 %s %d %d "
                .formatted(nonce, text.length, sum(text))
                .getBytes(US_ASCII);
        return ByteBuffer.allocate(head.length + text.length + 1)
                .put(head)
                .put(text)
                .put((byte) '\n')
                .array();
    }

    private static long sum(byte[] text) {
        ByteBuffer padded =
                ByteBuffer.allocate((text.length + 3) / 4 * 4).put(text).clear();
        long sum = 0;
        while (padded.hasRemaining()) {
            sum += Integer.toUnsignedLong(padded.getInt());
        }
        return sum & 0xffff_ffffL;
    }
}

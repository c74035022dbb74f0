package dev.execlaw.exec;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.i2p.crypto.eddsa.EdDSAPublicKey;

/**
 * A guest's Ed25519 host key in OpenSSH's one-line form (sshd(8), AUTHORIZED_KEYS FILE FORMAT): the type, a blank, and in
 * base64 the type again and the key, each after its length (RFC 8709, section 4).
 *
 * @param line type and base64, without a comment
 */
public record HostKey(String line) {

    private static final String TYPE = "ssh-ed25519";
    private static final Pattern LINE = Pattern.compile(TYPE + " ([A-Za-z0-9+/]{68}={0,2})");

    public HostKey {
        raw(line);
    }

    /**
     * Reads a line, with or without a comment at its end.
     *
     * @throws IllegalArgumentException when it is no Ed25519 key
     */
    public static HostKey parse(String text) {
        String[] words = text.strip().split(" +", 3);
        return new HostKey(words.length < 2 ? text.strip() : words[0] + " " + words[1]);
    }

    static HostKey of(byte[] raw) {
        byte[] type = TYPE.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer blob = ByteBuffer.allocate(4 + type.length + 4 + raw.length)
                .putInt(type.length)
                .put(type)
                .putInt(raw.length)
                .put(raw);
        return new HostKey(TYPE + " " + Base64.getEncoder().encodeToString(blob.array()));
    }

    /** Whether a server has shown this very key. */
    boolean is(PublicKey shown) {
        return shown instanceof EdDSAPublicKey key && Arrays.equals(key.getAbyte(), raw(line));
    }

    private static byte[] raw(String line) {
        Matcher form = LINE.matcher(line);
        if (!form.matches()) {
            throw new IllegalArgumentException("\"" + shown(line) + "\" is no line of an Ed25519 key");
        }
        ByteBuffer blob = ByteBuffer.wrap(Base64.getDecoder().decode(form.group(1)));
        byte[] type = part(blob, TYPE.length());
        byte[] key = part(blob, GuestKey.SIZE);
        if (blob.hasRemaining() || !TYPE.equals(new String(type, StandardCharsets.US_ASCII))) {
            throw new IllegalArgumentException("\"" + shown(line) + "\" says " + TYPE + " and holds another key");
        }
        return key;
    }

    private static byte[] part(ByteBuffer blob, int size) {
        int told = blob.remaining() < 4 ? -1 : blob.getInt();
        if (told != size || blob.remaining() < size) {
            throw new IllegalArgumentException("a part of an Ed25519 key has the length " + told + ", not " + size);
        }
        byte[] part = new byte[size];
        blob.get(part);
        return part;
    }

    private static String shown(String text) {
        return text.length() > 100 ? text.substring(0, 100) + "..." : text;
    }
}

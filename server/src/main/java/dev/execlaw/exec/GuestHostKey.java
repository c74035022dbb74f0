package dev.execlaw.exec;

import dev.execlaw.microvm.image.GuestFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * A guest's own SSH host key, made for it before it wakes, so that it is known from the first connection on and no two
 * guests share one. Immutable.
 */
public final class GuestHostKey {

    private static final String FILE = "/etc/ssh/ssh_host_ed25519_key";
    private static final byte[] TYPE = "ssh-ed25519".getBytes(StandardCharsets.US_ASCII);

    /** The cipher's block size where nothing is encrypted; what is private is filled up to it. */
    private static final int BLOCK = 8;

    private static final int LINE = 70;

    private final GuestKey key;

    private GuestHostKey(GuestKey key) {
        this.key = key;
    }

    /** Makes a new one. */
    public static GuestHostKey generate() {
        return new GuestHostKey(GuestKey.generate());
    }

    /** Reads back what {@link #text} told. */
    public static GuestHostKey parse(String text) {
        return new GuestHostKey(GuestKey.parse(text));
    }

    /** All of it as text: a secret. */
    public String text() {
        return key.text();
    }

    /** What is known of it outside: type and key in one line. */
    public String line() {
        return key.hostKey().line();
    }

    /** The files that its sshd reads. */
    public List<GuestFile> files() {
        return List.of(
                new GuestFile(FILE, pem().getBytes(StandardCharsets.US_ASCII), 0600),
                new GuestFile(FILE + ".pub", (line() + "\n").getBytes(StandardCharsets.US_ASCII), 0644));
    }

    /** OpenSSH's form of an unencrypted private key (PROTOCOL.key of OpenSSH). */
    private String pem() {
        byte[] raw = Base64.getDecoder().decode(key.text());
        byte[] secret = Arrays.copyOf(raw, GuestKey.SIZE);
        byte[] open = Arrays.copyOfRange(raw, GuestKey.SIZE, 2 * GuestKey.SIZE);
        byte[] both = Arrays.copyOf(secret, 2 * GuestKey.SIZE);
        System.arraycopy(open, 0, both, GuestKey.SIZE, GuestKey.SIZE);
        ByteBuffer body = ByteBuffer.allocate(512);
        body.put("openssh-key-v1\0".getBytes(StandardCharsets.US_ASCII));
        string(body, "none".getBytes(StandardCharsets.US_ASCII)); // cipher
        string(body, "none".getBytes(StandardCharsets.US_ASCII)); // key derivation
        string(body, new byte[0]);
        body.putInt(1);
        string(body, publicBlob(open));
        string(body, privateBlob(open, both));
        String text = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(taken(body));
        return "-----BEGIN OPENSSH PRIVATE KEY-----\n" + text + "\n-----END OPENSSH PRIVATE KEY-----\n";
    }

    private static byte[] publicBlob(byte[] open) {
        ByteBuffer blob = ByteBuffer.allocate(128);
        string(blob, TYPE);
        string(blob, open);
        return taken(blob);
    }

    private static byte[] privateBlob(byte[] open, byte[] both) {
        ByteBuffer blob = ByteBuffer.allocate(256);
        // Two equal numbers show that it was decrypted well; nothing is encrypted here.
        blob.putInt(1).putInt(1);
        string(blob, TYPE);
        string(blob, open);
        string(blob, both);
        string(blob, new byte[0]); // comment
        for (int i = 1; blob.position() % BLOCK != 0; i++) {
            blob.put((byte) i);
        }
        return taken(blob);
    }

    private static void string(ByteBuffer to, byte[] bytes) {
        to.putInt(bytes.length).put(bytes);
    }

    private static byte[] taken(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.flip().remaining()];
        buffer.get(bytes);
        return bytes;
    }

    @Override
    public String toString() {
        return "GuestHostKey[" + line() + "]";
    }
}

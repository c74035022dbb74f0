package dev.execlaw.exec;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.EdECPrivateKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;
import net.i2p.crypto.eddsa.EdDSAPrivateKey;
import net.i2p.crypto.eddsa.EdDSAPublicKey;
import net.i2p.crypto.eddsa.spec.EdDSANamedCurveTable;
import net.i2p.crypto.eddsa.spec.EdDSAPrivateKeySpec;
import net.i2p.crypto.eddsa.spec.EdDSAPublicKeySpec;

/** The Ed25519 key that opens one session's machine: its private half stays in the server. Immutable. */
public final class GuestKey {

    /** Bytes of each half (RFC 8032, section 5.1.5). */
    static final int SIZE = 32;

    private final byte[] secret;
    private final byte[] open;

    private GuestKey(byte[] secret, byte[] open) {
        this.secret = secret;
        this.open = open;
    }

    /** Makes a new one. */
    public static GuestKey generate() {
        try {
            KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            byte[] secret = ((EdECPrivateKey) pair.getPrivate()).getBytes().orElseThrow();
            byte[] info = pair.getPublic().getEncoded(); // ends with the key itself (RFC 8410, section 4)
            return new GuestKey(secret, Arrays.copyOfRange(info, info.length - SIZE, info.length));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no Ed25519", e);
        }
    }

    /**
     * Reads back what {@link #text} told.
     *
     * @throws IllegalArgumentException when it is no such text
     */
    public static GuestKey parse(String text) {
        byte[] both = Base64.getDecoder().decode(text);
        if (both.length != 2 * SIZE) {
            throw new IllegalArgumentException(
                    "a guest's key has " + 2 * SIZE + " bytes, this text has " + both.length);
        }
        return new GuestKey(Arrays.copyOf(both, SIZE), Arrays.copyOfRange(both, SIZE, 2 * SIZE));
    }

    /** Both halves as text: a secret. */
    public String text() {
        byte[] both = Arrays.copyOf(secret, 2 * SIZE);
        System.arraycopy(open, 0, both, SIZE, SIZE);
        return Base64.getEncoder().encodeToString(both);
    }

    /** The line for the guest's {@code AuthorizedKeysFile}, without its newline. */
    public String authorizedKey() {
        return HostKey.of(open).line() + " execlaw";
    }

    HostKey hostKey() {
        return HostKey.of(open);
    }

    KeyPair pair() {
        var curve = Objects.requireNonNull(EdDSANamedCurveTable.getByName(EdDSANamedCurveTable.ED_25519));
        return new KeyPair(
                new EdDSAPublicKey(new EdDSAPublicKeySpec(open, curve)),
                new EdDSAPrivateKey(new EdDSAPrivateKeySpec(secret, curve)));
    }

    @Override
    public String toString() {
        return "GuestKey[" + HostKey.of(open).line() + "]";
    }
}

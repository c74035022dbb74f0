package dev.execlaw.session;

import dev.execlaw.store.SecretBox;
import java.security.GeneralSecurityException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The key that a session was given for its provider, as it is stored; it is opened for each call anew, so that memory has
 * it no longer than that. Any thread may use it.
 */
final class OwnKey {

    private static final Logger LOG = LoggerFactory.getLogger(OwnKey.class);

    private final SecretBox secrets;
    private final String session;

    // Replaced by the supervisor's thread, read by those of model calls.
    private volatile @Nullable String sealed;

    /**
     * @param sealed null where the session was given none
     */
    OwnKey(SecretBox secrets, String session, @Nullable String sealed) {
        this.secrets = secrets;
        this.session = session;
        this.sealed = sealed;
    }

    /** Encrypts a key as one of a session. */
    static String seal(SecretBox secrets, String session, String key) {
        return secrets.seal(session + "/key", key);
    }

    /** Whether there is one. */
    boolean present() {
        return sealed != null;
    }

    /** Another one is used from now on. */
    void replace(String other) {
        sealed = other;
    }

    /** The key, to be used at once and not kept. */
    Optional<String> open() {
        String now = sealed;
        if (now == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(secrets.unseal(session + "/key", now));
        } catch (GeneralSecurityException e) {
            LOG.error(
                    "the key of session {} cannot be decrypted: the key file is another one than it was sealed with",
                    session,
                    e);
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return "OwnKey[" + session + "]";
    }
}

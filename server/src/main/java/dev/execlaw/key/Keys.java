package dev.execlaw.key;

import dev.execlaw.problem.ProblemException;
import java.util.List;

/**
 * The keys of this server's providers. Any thread may call it. A provider that is not configured is a
 * {@link ProblemException} with {@code UNKNOWN_PROVIDER}.
 */
public interface Keys {

    /** The key that counts for each provider which has one, in the order of the providers. */
    List<KeyView> list();

    /** Keeps a key, in place of the last one. A text that can be no key is refused with {@code INVALID_REQUEST}. */
    KeyView put(String provider, String key);

    /** Forgets the stored key. Throws with {@code NOT_FOUND} where none is stored. */
    void remove(String provider);

    /**
     * Asks the provider with the key that counts; returns within the deadline of a trial, whatever the provider does.
     * Throws with {@code NOT_FOUND} where there is none.
     */
    KeyTrial test(String provider);
}

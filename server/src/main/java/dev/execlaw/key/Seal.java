package dev.execlaw.key;

import dev.execlaw.exec.GuestKey;
import dev.execlaw.store.SecretBox;
import dev.execlaw.store.SecretTable;
import java.io.IOException;
import java.nio.file.Files;

/** The master key and what is sealed with it. Used by one thread, before anything else opens a secret. */
public final class Seal {

    private Seal() {}

    /**
     * Opens the master key, and sees that it is the one which everything is sealed with.
     *
     * @throws IOException when it cannot be read, or is another one; the message says what to do
     */
    public static SecretBox open(MasterKey key, SecretTable secrets) throws IOException {
        boolean used =
                secrets.sealedWith(SecretBox.of(new byte[SecretBox.KEY_BYTES])).isPresent();
        if (used
                && key instanceof MasterKey.Renewable made
                && Files.notExists(made.file())
                && Files.notExists(made.next().file())) {
            throw another(key.name() + ": " + made.file() + " is missing");
        }
        SecretBox box = key.open();
        boolean right = secrets.sealedWith(box).orElse(true);
        if (!right
                && key instanceof MasterKey.Renewable made
                && Files.exists(made.next().file())) {
            // A rotation was broken off between the database's commit and the exchange of the files.
            box = made.next().open();
            right = secrets.sealedWith(box).orElse(false);
            if (right) {
                made.take();
            }
        }
        if (!right) {
            throw another(key.name());
        }
        secrets.mark(box);
        return box;
    }

    private static IOException another(String what) {
        return new IOException("this data directory is not encrypted with " + what
                + ". Put the right one back. If you configured another one on purpose and still have the last, run:"
                + " execlaw secrets rotate. If the last one is lost, run: execlaw secrets forget");
    }

    /**
     * Seals everything anew: with a new key where the key is one that is made, else with the one that is configured now.
     *
     * @param old what it is sealed with until now
     * @return how many secrets there were
     * @throws IOException when nothing was changed, as the old key does not open them, or one cannot be read
     */
    public static int rotate(MasterKey old, MasterKey configured, SecretTable secrets) throws IOException {
        SecretBox last = open(old, secrets);
        if (!(configured instanceof MasterKey.Renewable made)) {
            int count = secrets.reseal(last, configured.open());
            secrets.wipe();
            return count;
        }
        Files.deleteIfExists(made.next().file());
        int count = secrets.reseal(last, made.next().open());
        made.take();
        secrets.wipe();
        return count;
    }

    /**
     * Gives up what a lost key encrypted, and begins with the one that is configured, made anew where it is a file.
     *
     * @return how many sessions there are, which lose keys of their own
     */
    public static int forget(MasterKey configured, SecretTable secrets) throws IOException {
        if (configured instanceof MasterKey.Renewable made) {
            Files.deleteIfExists(made.file());
            Files.deleteIfExists(made.next().file());
        }
        int count = secrets.forget(configured.open(), () -> GuestKey.generate().text());
        secrets.wipe();
        return count;
    }
}

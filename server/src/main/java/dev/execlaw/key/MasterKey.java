package dev.execlaw.key;

import dev.execlaw.store.SecretBox;
import java.io.Console;
import java.io.IOException;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the key comes from that all other keys are encrypted with. */
public sealed interface MasterKey {

    /** The key, made where it is of a kind that is made, and is not there yet. */
    SecretBox open() throws IOException;

    /** For people, e.g. {@code the key file /var/lib/execlaw/secret.key}. */
    String name();

    /**
     * The one that counts.
     *
     * @param passphraseFile as configured; empty for none, {@code -} for one that is typed
     * @param environment where systemd names its directory of credentials
     */
    static MasterKey of(Path data, String passphraseFile, Map<String, String> environment) {
        if (!passphraseFile.isEmpty()) {
            return new Passphrase(Path.of(passphraseFile), data.resolve("secret.salt"));
        }
        String credentials = environment.getOrDefault("CREDENTIALS_DIRECTORY", "");
        Path credential = Path.of(credentials, "execlaw-key");
        return !credentials.isEmpty() && Files.exists(credential)
                ? new Credential(credential)
                : new KeyFile(data.resolve("secret.key"));
    }

    /** One that can be made anew beside the one in use, which it then takes the place of. */
    sealed interface Renewable extends MasterKey {

        /** What is made: the key itself, or what a passphrase is salted with. */
        Path file();

        /** The same with what was made anew. */
        Renewable next();

        /** What was made anew takes the place of the last one. */
        default void take() throws IOException {
            Files.move(next().file(), file(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** 32 bytes in a file that nobody but the server's user may read. */
    record KeyFile(Path file) implements Renewable {

        @Override
        public SecretBox open() throws IOException {
            Made.unlessThere(file, SecretBox.KEY_BYTES);
            Made.ownAndPrivate(file);
            byte[] key = Files.readAllBytes(file);
            if (key.length != SecretBox.KEY_BYTES) {
                throw new IOException("the key file " + file + " has " + key.length + " bytes, it must have "
                        + SecretBox.KEY_BYTES + "; put the right one back, or remove it and enter the API keys again");
            }
            return SecretBox.of(key);
        }

        @Override
        public KeyFile next() {
            return new KeyFile(Made.beside(file));
        }

        @Override
        public String name() {
            return "the key file " + file;
        }
    }

    /** What systemd hands over: 32 bytes, or 64 hexadecimal digits. */
    record Credential(Path file) implements MasterKey {

        private static final int DIGITS = 2 * SecretBox.KEY_BYTES;

        @Override
        public SecretBox open() throws IOException {
            byte[] bytes = Files.readAllBytes(file);
            if (bytes.length == SecretBox.KEY_BYTES) {
                return SecretBox.of(bytes);
            }
            String text = new String(bytes, StandardCharsets.ISO_8859_1).strip();
            if (text.length() != DIGITS || !text.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
                throw new IOException("the credential " + file + " has " + bytes.length + " bytes; it must be "
                        + SecretBox.KEY_BYTES + " bytes, or " + DIGITS + " hexadecimal digits (openssl rand -hex 32)");
            }
            return SecretBox.of(HexFormat.of().parseHex(text));
        }

        @Override
        public String name() {
            return "the credential " + file;
        }
    }

    /**
     * What is derived from a passphrase by PBKDF2 with HMAC-SHA-512, as often as OWASP's Password Storage Cheat Sheet asks.
     *
     * @param source holds it in its first line; {@code -} asks for it
     * @param file the salt
     */
    record Passphrase(Path source, Path file) implements Renewable {

        private static final int ROUNDS = 210_000;
        private static final int SALT_BYTES = 16;
        private static final int SHORTEST = 12;

        @Override
        public SecretBox open() throws IOException {
            char[] passphrase = read();
            if (passphrase.length < SHORTEST) {
                throw new IOException(
                        name() + " has " + passphrase.length + " characters; it must have at least " + SHORTEST);
            }
            Made.unlessThere(file, SALT_BYTES);
            byte[] salt = Files.readAllBytes(file);
            if (salt.length != SALT_BYTES) {
                throw new IOException("the salt " + file + " has " + salt.length + " bytes, it must have " + SALT_BYTES
                        + "; put the right one back");
            }
            PBEKeySpec spec = new PBEKeySpec(passphrase, salt, ROUNDS, SecretBox.KEY_BYTES * 8);
            try {
                return SecretBox.of(SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512")
                        .generateSecret(spec)
                        .getEncoded());
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("this Java cannot do PBKDF2WithHmacSHA512", e);
            } finally {
                spec.clearPassword();
                Arrays.fill(passphrase, ' ');
            }
        }

        @SuppressWarnings("SystemConsoleNull") // without a terminal it is null again since JDK 25
        private char[] read() throws IOException {
            if (typed()) {
                Console console = System.console();
                char[] answer = console == null || !console.isTerminal()
                        ? null
                        : console.readPassword("Passphrase of the stored keys: ");
                if (answer == null) {
                    throw new IOException("secrets.passphrase_file is \"-\", but there is no terminal to ask at; name a"
                            + " file, or start the server from a terminal");
                }
                return answer;
            }
            Made.notForOthers(source);
            byte[] bytes = Files.readAllBytes(source);
            CharBuffer text = StandardCharsets.UTF_8.decode(java.nio.ByteBuffer.wrap(bytes));
            int end = 0;
            while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
                end++;
            }
            char[] line = new char[end];
            text.get(line);
            return line;
        }

        private boolean typed() {
            return source.toString().equals("-");
        }

        @Override
        public Passphrase next() {
            return new Passphrase(source, Made.beside(file));
        }

        @Override
        public String name() {
            return typed() ? "the passphrase that was typed" : "the passphrase in " + source;
        }
    }

    /** Files that hold a secret. */
    final class Made {

        private static final Logger LOG = LoggerFactory.getLogger(MasterKey.class);
        private static final Set<PosixFilePermission> OWN = PosixFilePermissions.fromString("rw-------");

        private Made() {}

        private static Path beside(Path file) {
            return file.resolveSibling(file.getFileName() + ".next");
        }

        private static void unlessThere(Path file, int bytes) throws IOException {
            if (Files.exists(file)) {
                return;
            }
            byte[] fresh = new byte[bytes];
            new SecureRandom().nextBytes(fresh);
            Path half = file.resolveSibling(file.getFileName() + ".new");
            Files.deleteIfExists(half);
            Files.createFile(half, PosixFilePermissions.asFileAttribute(OWN));
            Files.write(half, fresh, StandardOpenOption.SYNC);
            Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
        }

        /** Its mode is mended; another owner could read it whatever its mode is. */
        private static void ownAndPrivate(Path file) throws IOException {
            int owner = (Integer) Files.getAttribute(file, "unix:uid");
            int us = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
            if (owner != us) {
                throw new IOException("the key file " + file + " belongs to the user " + owner + ", the server runs as "
                        + us + "; give it to the server: chown " + us + " " + file);
            }
            Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
            if (!OWN.containsAll(mode)) {
                LOG.warn(
                        "the key file {} had the mode {}, so that others could read it; it has {} now. If they may have,"
                                + " run: execlaw secrets rotate",
                        file,
                        PosixFilePermissions.toString(mode),
                        PosixFilePermissions.toString(OWN));
                Files.setPosixFilePermissions(file, OWN);
            }
        }

        /** Refuses one that others can read; it is its owner's to mend. */
        private static void notForOthers(Path file) throws IOException {
            if (Files.notExists(file)) {
                throw new NoSuchFileException(file.toString());
            }
            Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
            if (!OWN.containsAll(mode)) {
                throw new IOException(
                        "the passphrase file " + file + " has the mode " + PosixFilePermissions.toString(mode)
                                + ", so that others than its owner can read it; run: chmod 600 " + file);
            }
        }
    }
}

package dev.execlaw.auth;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The server's one access token: who holds it may do everything. Never printed by {@link #toString}.
 *
 * @param value 16 to 256 characters that need no escaping in a header or a URL
 */
public record AccessToken(String value) {

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._~-]{16,256}");
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rw-------");

    public AccessToken {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("the access token has " + value.length()
                    + " characters or some that are not letters, digits, \".\", \"_\", \"~\" or \"-\"; allowed are 16 to 256"
                    + " of these. Leave EXECLAW_TOKEN unset to have a good one made.");
        }
    }

    /** A new one: 256 random bits as base64url. */
    public static AccessToken random() {
        byte[] bits = new byte[32];
        new SecureRandom().nextBytes(bits);
        return new AccessToken(Base64.getUrlEncoder().withoutPadding().encodeToString(bits));
    }

    /**
     * Reads the token kept in {@code file}, or makes one and keeps it there with mode 0600. Two processes that do this
     * at the same time get the same token.
     *
     * @throws IOException when the file cannot be read or made, or others than its owner can read it
     */
    public static AccessToken keptIn(Path file) throws IOException {
        if (!Files.exists(file)) {
            publish(random(), file);
        }
        Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
        if (!PRIVATE.containsAll(mode)) {
            throw new IOException("The token file " + file + " has mode " + PosixFilePermissions.toString(mode)
                    + ", so others can read it. Remove it to have a new token made, or run: chmod 600 " + file);
        }
        String content = Files.readString(file).strip();
        try {
            return new AccessToken(content);
        } catch (IllegalArgumentException e) {
            throw new IOException("The token file " + file + " is not usable: " + e.getMessage(), e);
        }
    }

    /** Linked into place only when whole: a crash in between leaves no half token. */
    private static void publish(AccessToken token, Path file) throws IOException {
        Path whole = Files.createTempFile(
                file.toAbsolutePath().getParent(), ".token", "", PosixFilePermissions.asFileAttribute(PRIVATE));
        try {
            Files.writeString(whole, token.value() + "\n");
            Files.createLink(file, whole);
        } catch (FileAlreadyExistsException _) {
            // Another process was faster: its token counts.
        } catch (UnsupportedOperationException _) {
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(whole);
        }
    }

    @Override
    public String toString() {
        return "AccessToken[hidden]";
    }
}

package dev.execlaw.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One change of what is in a machine, made by a message to its agent.
 *
 * @param value put into memory; new with each change
 * @param file written to the disk
 * @param lines of the file; 0 to remove it
 */
record Change(String value, String file, int lines) {

    private static final String PROGRAM = "python3 /root/work.py";

    private static final Pattern COMMAND = Pattern.compile("(?s).*work\\.py (\\w+) (\\w+) (\\d+)");

    /** The message that has the agent make it. */
    String message() {
        return "run " + PROGRAM + " " + value + " " + file + " " + lines;
    }

    /** The same for a machine that has no {@code work.py} yet. */
    String firstMessage() {
        return "run cat > /root/work.py <<'EOF'\n" + program() + "EOF\n" + PROGRAM + " " + value + " " + file + " "
                + lines;
    }

    /** What a message asks for. */
    static Optional<Change> of(String message) {
        Matcher command = COMMAND.matcher(message);
        return command.matches()
                ? Optional.of(new Change(command.group(1), command.group(2), Integer.parseInt(command.group(3))))
                : Optional.empty();
    }

    /** The files after it. */
    SortedMap<String, String> on(SortedMap<String, String> before) {
        SortedMap<String, String> after = new TreeMap<>(before);
        if (lines == 0) {
            after.remove(file);
        } else {
            after.put(file, hash());
        }
        return after;
    }

    private String hash() {
        StringBuilder content = new StringBuilder();
        for (int i = 0; i < lines; i++) {
            content.append(value).append(' ').append(i).append('\n');
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(content.toString().getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** The program, which looks at a machine and changes nothing when nothing is asked of it. */
    static String program() {
        try (InputStream program = Objects.requireNonNull(Change.class.getResourceAsStream("work.py"), "work.py")) {
            return new String(program.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.execlaw.session;

import dev.execlaw.exec.HostKey;
import dev.execlaw.microvm.console.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks the guest for its SSH host key, at the shell's first prompt and on the console, where nobody else can answer.
 * Belongs to the supervisor's thread.
 */
final class HostKeyQuestion {

    /** Where the image has what answers. */
    static final String PROGRAM = "/usr/local/lib/execlaw/host-key";

    private static final int NOT_FOUND = 127;
    private static final Pattern LINE = Pattern.compile("execlaw-host-key\t(ssh-ed25519)\t([A-Za-z0-9+/=]{1,200})\\s*");

    private final Console console;
    private final long from;
    private String why = "the guest did not answer in time";

    private HostKeyQuestion(Console console) {
        this.console = console;
        this.from = console.end();
    }

    /** Types the question at the shell's prompt. */
    static HostKeyQuestion ask(Console console) throws IOException {
        HostKeyQuestion question = new HostKeyQuestion(console);
        console.write((PROGRAM + " </dev/null\n").getBytes(StandardCharsets.US_ASCII));
        return question;
    }

    /** The program has ended: reads what it said. */
    Optional<HostKey> answer(int status) {
        try {
            Optional<HostKey> key = CommandOutput.read(console, from)
                    .lines()
                    .map(LINE::matcher)
                    .filter(Matcher::matches)
                    .map(line -> HostKey.parse(line.group(1) + " " + line.group(2)))
                    .findFirst();
            if (key.isEmpty()) {
                why = status == NOT_FOUND ? "its image has no " + PROGRAM : PROGRAM + " ended with status " + status;
            }
            return key;
        } catch (IOException | IllegalArgumentException e) {
            why = "its answer cannot be read: " + e.getMessage();
            return Optional.empty();
        }
    }

    /** Why there is no key, in words. */
    String why() {
        return why;
    }
}

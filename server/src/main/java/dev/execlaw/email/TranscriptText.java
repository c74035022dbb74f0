package dev.execlaw.email;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A transcript as plain text. */
final class TranscriptText {

    private TranscriptText() {}

    /**
     * The whole letter.
     *
     * @param introduction one sentence before the conversation; empty for none
     */
    static String of(Transcript transcript, String introduction, Instant now) {
        StringBuilder text = new StringBuilder(4096);
        if (!introduction.isEmpty()) {
            text.append(introduction).append("\n\n");
        }
        facts(transcript, now).forEach(fact -> text.append(fact).append('\n'));
        text.append('\n');
        for (Transcript.Entry entry : transcript.entries()) {
            text.append("--- ").append(entry.heading()).append(" ---\n");
            text.append(plain(entry.text())).append("\n\n");
        }
        return text.toString();
    }

    /** What the letter says of the session, a line each. */
    static List<String> facts(Transcript transcript, Instant now) {
        List<String> facts = new ArrayList<>();
        facts.add("Session: " + transcript.session().name());
        facts.add("Model: " + transcript.session().model());
        facts.add("Provider: " + transcript.session().provider());
        facts.add("Created: " + transcript.session().createdAt());
        facts.add("Date: " + now);
        if (transcript.omitted() > 0) {
            facts.add("Left out, because the letter would be too long: the first " + transcript.omitted() + " entries");
        }
        return facts;
    }

    /** Without escape sequences and control characters, which mean something to a terminal but not to a letter. */
    static String plain(String text) {
        return text.replaceAll("\\x1b\\[[0-?]*[ -/]*[@-~]|\\x1b\\][^\\x07\\x1b]*(\\x07|\\x1b\\\\)", "")
                .codePoints()
                .filter(c -> c == '\n' || c == '\t' || !Character.isISOControl(c))
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
    }

    /** How an entry is marked for style sheets. */
    static String mark(Transcript.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}

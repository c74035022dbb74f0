package dev.execlaw.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text that the guest's {@code /usr/local/lib/execlaw/doctor} prints, read back. It shares the console with whoever
 * writes there: lines of others are passed over, and a line of its own that is torn makes the report incomplete.
 */
final class CheckupReport {

    private static final Pattern CHECK =
            Pattern.compile("execlaw-doctor\t([a-z0-9 ]{1,40})\t(ok|warn|fail)\t([ -~]{0,300})\t([ -~]{0,300})");
    private static final Pattern END = Pattern.compile("execlaw-doctor\tend\t(\\d{1,4})");

    private final List<Checkup.Check> checks = new ArrayList<>();
    private int announced = -1;

    private CheckupReport() {}

    /** Reads what was printed between the marks of the command. */
    static CheckupReport of(String output) {
        CheckupReport report = new CheckupReport();
        output.lines().forEach(report::line);
        return report;
    }

    private void line(String line) {
        Matcher check = CHECK.matcher(line);
        Matcher end = END.matcher(line);
        if (check.matches()) {
            check(
                    check.group(1),
                    check.group(2),
                    check.group(3).strip(),
                    check.group(4).strip());
        } else if (end.matches()) {
            announced = Integer.parseInt(end.group(1));
        }
    }

    /** A line without what it must say counts as torn: whatever the guest prints, nothing is thrown. */
    private void check(String name, String word, String seen, String todo) {
        Checkup.Verdict verdict = Checkup.Verdict.valueOf(word.toUpperCase(Locale.ROOT));
        if (!name.isBlank() && !seen.isEmpty() && (verdict == Checkup.Verdict.OK || !todo.isEmpty())) {
            checks.add(new Checkup.Check(name, verdict, seen, todo));
        }
    }

    /** All checks; empty unless the report has its end and as many checks as that says. */
    Optional<Checkup> whole() {
        return announced == checks.size() ? Optional.of(new Checkup(checks)) : Optional.empty();
    }

    /** How far it goes, for error messages. */
    String reach() {
        String last = checks.isEmpty()
                ? "no check was reported"
                : checks.size() + " checks were reported, the last one \""
                        + checks.getLast().name() + "\"";
        return announced < 0 ? last : last + " of " + announced + " announced";
    }
}

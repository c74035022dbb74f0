package dev.execlaw.cli;

import dev.execlaw.doctor.Diagnosis;
import dev.execlaw.doctor.check.Finding;
import dev.execlaw.doctor.check.Finding.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** What the server tells about a machine that checked itself, as a diagnosis. */
final class InsideSession {

    private InsideSession() {}

    /** The diagnosis when nothing could be seen. */
    static Diagnosis unseen(CliException why) {
        Finding finding = new Finding(Verdict.FAIL, String.valueOf(why.getMessage()), why.next());
        return new Diagnosis(List.of(new Diagnosis.Line("session", finding)));
    }

    /** Reads {@code {checks: [{name, verdict, seen, todo}]}}. */
    static Diagnosis diagnosis(JsonNode answer) {
        List<Diagnosis.Line> lines = new ArrayList<>();
        for (JsonNode check : answer.path("checks")) {
            String verdict = check.path("verdict").asString("");
            if (!verdict.matches("ok|warn|fail")) {
                throw new CliException(
                        "the server answered with the unknown verdict \"" + verdict + "\"",
                        "use the execlaw that belongs to the running server");
            }
            lines.add(new Diagnosis.Line(
                    check.path("name").asString(""),
                    new Finding(
                            Verdict.valueOf(verdict.toUpperCase(Locale.ROOT)),
                            check.path("seen").asString(""),
                            check.path("todo").asString(""))));
        }
        return new Diagnosis(lines);
    }
}

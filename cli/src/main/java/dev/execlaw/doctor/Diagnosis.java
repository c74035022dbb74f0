package dev.execlaw.doctor;

import dev.execlaw.doctor.check.Finding;
import dev.execlaw.doctor.check.Finding.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What all checks found, in their order.
 *
 * @param lines one of each check
 */
public record Diagnosis(List<Line> lines) {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    public Diagnosis {
        lines = List.copyOf(lines);
    }

    /** A check's name and its finding. */
    public record Line(String check, Finding finding) {}

    /** The worst verdict of all. */
    public Verdict worst() {
        return lines.stream().map(line -> line.finding().verdict()).reduce(Verdict.OK, Diagnosis::worse);
    }

    /** 0 when all is well, 1 with a warning, 2 with a failure. */
    public int exitCode() {
        return switch (worst()) {
            case OK -> 0;
            case WARN -> 1;
            case FAIL -> 2;
        };
    }

    /** For people: one line each, and a second one with what to do. */
    public String text() {
        StringBuilder text = new StringBuilder();
        for (Line line : lines) {
            Finding finding = line.finding();
            text.append("%-5s %-16s %s%n".formatted(word(finding.verdict()), line.check(), finding.seen()));
            if (!finding.todo().isEmpty()) {
                text.append("%-22s -> %s%n".formatted("", finding.todo()));
            }
        }
        return text.toString();
    }

    /** For programs: {@code {verdict, checks: [{check, verdict, seen, todo}]}}. */
    public String json() {
        List<Map<String, String>> checks = new ArrayList<>();
        for (Line line : lines) {
            Map<String, String> one = new LinkedHashMap<>();
            one.put("check", line.check());
            one.put("verdict", word(line.finding().verdict()));
            one.put("seen", line.finding().seen());
            one.put("todo", line.finding().todo());
            checks.add(one);
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("verdict", word(worst()));
        all.put("checks", checks);
        return JSON.writeValueAsString(all);
    }

    private static Verdict worse(Verdict a, Verdict b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    private static String word(Verdict verdict) {
        return verdict.name().toLowerCase(Locale.ROOT);
    }
}

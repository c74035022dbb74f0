package dev.execlaw.web.stub;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;
import org.jspecify.annotations.Nullable;

/** The calls about a session's machine as a whole: sleep, checkpoints, rewind, fork, changed files. */
final class StubMoments {

    /** What goes back: a body, or a problem with its code. */
    record Answer(int status, Object body) {

        static Answer problem(int status, String code, String detail, String next) {
            return new Answer(
                    status,
                    Map.of(
                            "type",
                            "about:blank",
                            "title",
                            code,
                            "status",
                            status,
                            "code",
                            code,
                            "detail",
                            detail,
                            "next",
                            next));
        }
    }

    private static final int MOST_FORKS = 10;
    private static final List<String> MODELS = List.of("demo-1", "demo-2");

    private final StubServer stub;

    StubMoments(StubServer stub) {
        this.stub = stub;
    }

    /** Null where the call is none of these. */
    @Nullable
    Answer answer(Request request, StubSession session, String call) throws IOException {
        return switch (call) {
            case "POST pause" ->
                pause(session, Boolean.TRUE.equals(body(request).get("force")));
            case "POST resume" -> {
                session.wake("somebody asked for it");
                yield new Answer(200, session.json());
            }
            case "PUT policy" -> {
                session.limits(body(request));
                yield new Answer(200, session.json());
            }
            case "PUT model" -> {
                session.model(body(request));
                yield new Answer(200, session.json());
            }
            case "GET model-settings" -> new Answer(200, session.modelSettings());
            case "PUT model-settings" -> {
                session.modelSettings(body(request));
                yield new Answer(200, session.json());
            }
            case "GET checkpoints" -> new Answer(200, Map.of("checkpoints", session.checkpoints()));
            case "POST checkpoints" ->
                new Answer(201, session.checkpoint((String) body(request).get("name")));
            case "POST rewind" -> rewind(session, ((Number) body(request).get("seq")).longValue());
            case "POST fork" -> fork(session, body(request));
            case "GET diff" -> diff(session, request);
            default -> null;
        };
    }

    private static Answer pause(StubSession session, boolean force) {
        if (!session.pause("somebody asked for it", force)) {
            return Answer.problem(
                    409,
                    "STATE_CONFLICT",
                    "The agent of " + session.id + " works.",
                    "Wait until it is done, or pause with force.");
        }
        return new Answer(200, session.json());
    }

    private static Answer rewind(StubSession session, long seq) {
        if (session.working()) {
            return Answer.problem(409, "STATE_CONFLICT", "The agent works.", "Stop it first.");
        }
        if (!session.rewind(seq)) {
            return noCheckpoint(session, seq);
        }
        return new Answer(200, session.json());
    }

    private static Answer noCheckpoint(StubSession session, long seq) {
        String kept = session.checkpoints().stream()
                .map(c -> String.valueOf(c.get("seq")))
                .collect(Collectors.joining(", "));
        return Answer.problem(
                400, "INVALID_REQUEST", "There is no checkpoint " + seq + "; there are " + kept + ".", "Choose one.");
    }

    private Answer fork(StubSession source, Map<String, Object> body) {
        int count = body.get("count") instanceof Integer n ? n : 1;
        if (count < 1 || count > MOST_FORKS) {
            return Answer.problem(
                    400, "INVALID_REQUEST", "count is " + count + "; it may be from 1 to " + MOST_FORKS + ".", "");
        }
        var models = body.get("models") instanceof List<?> list ? list : null;
        if (models != null && (models.size() != count || !MODELS.containsAll(models))) {
            return Answer.problem(
                    400,
                    "INVALID_REQUEST",
                    "models is " + models + "; it takes " + count + " of " + MODELS + ".",
                    "Choose among them.");
        }
        Long at = body.get("seq") instanceof Number n ? n.longValue() : null;
        if (at != null && source.checkpoints().stream().noneMatch(c -> at.equals(c.get("seq")))) {
            return noCheckpoint(source, at);
        }
        var forks = IntStream.range(0, count)
                .mapToObj(i -> stub.fork(source, at, i + 1, models == null ? null : (String) models.get(i)))
                .toList();
        source.event(
                "fork_made",
                Map.of(
                        "sessions",
                        forks.stream().map(f -> f.id).toList(),
                        "seq",
                        at == null ? stub.log.head(source.id) : at));
        return new Answer(
                201, Map.of("sessions", forks.stream().map(StubSession::json).toList()));
    }

    private static Answer diff(StubSession session, Request request) {
        Fields fields = Request.extractQueryParameters(request);
        for (String end : List.of("from", "to")) {
            String value = fields.getValue(end);
            if (value != null
                    && session.checkpoints().stream().noneMatch(c -> value.equals(String.valueOf(c.get("seq"))))) {
                return noCheckpoint(session, Long.parseLong(value));
            }
        }
        return new Answer(200, fields.getValue("from") == null ? fromImage() : between());
    }

    /** Much: a long file among them, and one whose removed line looks like a head. */
    private static Map<String, Object> fromImage() {
        int lines = 5000;
        String added =
                IntStream.rangeClosed(1, lines).mapToObj(i -> "+line " + i).collect(Collectors.joining("\n"));
        String patch = "--- /dev/null\n+++ b/root/long.txt\n@@ -0,0 +1," + lines + " @@\n" + added + "\n"
                + "--- a/etc/query.sql\n+++ b/etc/query.sql\n@@ -1,3 +1,2 @@\n select 1;\n--- a comment\n-select 2;\n+select 3;\n";
        return diff(
                List.of(
                        file("/root/long.txt", "added", null, 48_893, null, "100644"),
                        file("/etc/query.sql", "modified", 34, 22, "100644", "100600"),
                        file("/bin/tool", "metadata", 9_000, 9_000, "100644", "100755")),
                patch,
                true);
    }

    private static Map<String, Object> between() {
        return diff(
                List.of(file("/root/notes.md", "modified", 6, 12, "100644", "100644")),
                "--- a/root/notes.md\n+++ b/root/notes.md\n@@ -1 +1,2 @@\n Notes\n+More\n",
                false);
    }

    private static Map<String, Object> diff(List<Map<String, Object>> files, String patch, boolean truncated) {
        return Map.of("files", files, "patch", patch, "truncated", truncated);
    }

    private static Map<String, Object> file(
            String path,
            String change,
            @Nullable Integer oldSize,
            @Nullable Integer newSize,
            @Nullable String oldMode,
            @Nullable String newMode) {
        var file = new LinkedHashMap<String, Object>();
        file.put("path", path);
        file.put("change", change);
        file.put("oldSize", oldSize);
        file.put("newSize", newSize);
        file.put("oldMode", oldMode);
        file.put("newMode", newMode);
        return file;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> body(Request request) throws IOException {
        try (InputStream in = Content.Source.asInputStream(request)) {
            String text = new String(in.readAllBytes(), UTF_8);
            return text.isEmpty() ? Map.of() : StubLog.JSON.readValue(text, Map.class);
        }
    }
}

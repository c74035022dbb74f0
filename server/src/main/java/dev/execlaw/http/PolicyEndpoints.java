package dev.execlaw.http;

import static dev.execlaw.http.Endpoint.endpoint;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.session.ModelSettings;
import dev.execlaw.session.SessionPolicy;
import dev.execlaw.session.SessionView;
import dev.execlaw.session.Sessions;
import dev.execlaw.session.SwitchModel;
import dev.execlaw.session.UsageReport;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;

/** The operations on what sessions may spend, on the model that they ask, and on what was spent. */
final class PolicyEndpoints {

    private static final int DAYS = 30;

    private final Sessions sessions;
    private final InstantSource clock;

    PolicyEndpoints(Sessions sessions, InstantSource clock) {
        this.sessions = sessions;
        this.clock = clock;
    }

    List<Endpoint> all() {
        return List.of(
                endpoint("PUT", "/sessions/{id}/policy", "setPolicy", "Sets the budgets and caps of a session")
                        .returns(200, SessionView.class)
                        .fails(ErrorCode.NOT_FOUND, ErrorCode.STATE_CONFLICT, ErrorCode.UNKNOWN_FIELD)
                        .takes(SessionPolicy.class, (call, body) -> sessions.govern(call.session(), body)),
                endpoint("PUT", "/sessions/{id}/model", "setModel", "Has another model asked from the next call on")
                        .returns(200, SessionView.class)
                        .fails(
                                ErrorCode.NOT_FOUND,
                                ErrorCode.STATE_CONFLICT,
                                ErrorCode.UNKNOWN_FIELD,
                                ErrorCode.UNKNOWN_PROVIDER,
                                ErrorCode.UNKNOWN_MODEL,
                                ErrorCode.KEY_MISSING)
                        .takes(SwitchModel.class, (call, body) -> sessions.switchModel(call.session(), body)),
                endpoint("GET", "/sessions/{id}/model-settings", "getModelSettings", "How the model is asked")
                        .returns(200, ModelSettings.class)
                        .fails(ErrorCode.NOT_FOUND)
                        .does(call -> sessions.modelSettings(call.session())),
                endpoint(
                                "PUT",
                                "/sessions/{id}/model-settings",
                                "setModelSettings",
                                "Changes how the model is asked, from the next call on")
                        .returns(200, SessionView.class)
                        .fails(ErrorCode.NOT_FOUND, ErrorCode.STATE_CONFLICT, ErrorCode.UNKNOWN_FIELD)
                        .takes(ModelSettings.class, (call, body) -> sessions.tune(call.session(), body)),
                endpoint("GET", "/usage", "getUsage", "What all sessions spent, by day, provider and model")
                        .query(
                                Endpoint.Parameter.day("from", "first day, UTC; 30 days before the last when left out"),
                                Endpoint.Parameter.day("to", "last day, UTC; today when left out"))
                        .returns(200, UsageReport.class)
                        .does(this::usage));
    }

    private UsageReport usage(Call call) {
        LocalDate to = day(call, "to", LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
        LocalDate from = day(call, "from", to.minusDays(DAYS));
        if (from.isAfter(to)) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST,
                    "from is " + from + ", which is after to, " + to + ".",
                    "Give the earlier day as from.");
        }
        return sessions.usage(from, to);
    }

    private static LocalDate day(Call call, String name, LocalDate otherwise) {
        String text = call.query().getValue(name);
        if (text == null || text.isEmpty()) {
            return otherwise;
        }
        try {
            return LocalDate.parse(text);
        } catch (DateTimeParseException e) {
            String shown = text.length() > 40 ? text.substring(0, 40) + "..." : text;
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST,
                    name + " is \"" + shown + "\", which is no day.",
                    "Write it as 2026-11-24, or leave it out.",
                    e);
        }
    }
}

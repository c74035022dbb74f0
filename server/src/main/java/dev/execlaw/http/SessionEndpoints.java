package dev.execlaw.http;

import static dev.execlaw.http.Endpoint.endpoint;

import dev.execlaw.event.EventLog;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.session.Checkup;
import dev.execlaw.session.CreateSession;
import dev.execlaw.session.NetworkPolicy;
import dev.execlaw.session.NetworkView;
import dev.execlaw.session.SessionView;
import dev.execlaw.session.Sessions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The operations on sessions. */
final class SessionEndpoints {

    private static final int PAGE = 200;
    private static final int LARGEST_PAGE = 1000;
    private static final int LONGEST_NAME = 200;

    private final Sessions sessions;
    private final EventLog log;

    SessionEndpoints(Sessions sessions, EventLog log) {
        this.sessions = sessions;
        this.log = log;
    }

    List<Endpoint> all() {
        return List.of(
                endpoint("POST", "/sessions", "createSession", "Starts a session")
                        .returns(201, SessionView.class)
                        .fails(
                                ErrorCode.UNKNOWN_FIELD,
                                ErrorCode.UNKNOWN_PROVIDER,
                                ErrorCode.UNKNOWN_MODEL,
                                ErrorCode.UNKNOWN_AGENT,
                                ErrorCode.KEY_MISSING,
                                ErrorCode.CAPACITY_MEMORY,
                                ErrorCode.DISK_FULL,
                                ErrorCode.IMAGE_MISSING,
                                ErrorCode.VMM_MISSING)
                        .takes(CreateSession.class, (_, body) -> sessions.create(body)),
                endpoint("GET", "/sessions", "listSessions", "All sessions, newest first")
                        .returns(200, SessionList.class)
                        .does(_ -> new SessionList(sessions.list())),
                endpoint("GET", "/sessions/{id}", "getSession", "One session")
                        .returns(200, SessionView.class)
                        .fails(ErrorCode.NOT_FOUND)
                        .does(call -> sessions.get(call.session())),
                endpoint("PATCH", "/sessions/{id}", "renameSession", "Renames a session")
                        .returns(200, SessionView.class)
                        .fails(ErrorCode.NOT_FOUND, ErrorCode.UNKNOWN_FIELD)
                        .takes(Rename.class, (call, body) -> sessions.rename(call.session(), checked(body))),
                endpoint(
                                "GET",
                                "/sessions/{id}/network",
                                "getNetwork",
                                "What the guest may reach, and what went through")
                        .returns(200, NetworkView.class)
                        .fails(ErrorCode.NOT_FOUND)
                        .does(call -> sessions.network(call.session())),
                endpoint("PUT", "/sessions/{id}/network", "setNetwork", "Changes what the guest may reach, at once")
                        .returns(200, NetworkView.class)
                        .fails(ErrorCode.NOT_FOUND, ErrorCode.STATE_CONFLICT, ErrorCode.UNKNOWN_FIELD)
                        .takes(NetworkPolicy.class, (call, body) -> sessions.restrict(call.session(), body)),
                endpoint("DELETE", "/sessions/{id}", "deleteSession", "Removes a session, its machine and transcript")
                        .returnsNothing(204)
                        .fails(ErrorCode.NOT_FOUND)
                        .does(call -> nothing(() -> sessions.delete(call.session()))),
                lifecycle("stop", "stopSession", "Ends the machine, keeps disk and transcript", sessions::stop),
                lifecycle("start", "startSession", "Starts a stopped or failed session again", sessions::start),
                lifecycle("interrupt", "interruptSession", "Ends the running turn", sessions::interrupt),
                endpoint(
                                "POST",
                                "/sessions/{id}/doctor",
                                "examineSession",
                                "Looks at an idle session's machine from inside")
                        .returns(200, Checkup.class)
                        .fails(
                                ErrorCode.NOT_FOUND,
                                ErrorCode.STATE_CONFLICT,
                                ErrorCode.EXAMINATION_FAILED,
                                ErrorCode.MACHINE_ENDED)
                        .does(call -> sessions.doctor(call.session())),
                endpoint("POST", "/sessions/{id}/messages", "postMessage", "Gives the agent a message, or queues it")
                        .returns(202, Sessions.Posted.class)
                        .fails(
                                ErrorCode.NOT_FOUND,
                                ErrorCode.STATE_CONFLICT,
                                ErrorCode.UNKNOWN_FIELD,
                                ErrorCode.BODY_TOO_LARGE)
                        .takes(NewMessage.class, (call, body) -> sessions.post(call.session(), checked(body))),
                endpoint(
                                "POST",
                                "/sessions/{id}/permissions/{request}",
                                "answerPermission",
                                "Answers the agent's question for leave")
                        .returns(202, SessionView.class)
                        .fails(ErrorCode.NOT_FOUND, ErrorCode.STATE_CONFLICT, ErrorCode.UNKNOWN_FIELD)
                        .takes(
                                Chosen.class,
                                (call, body) -> sessions.answer(call.session(), call.path("request"), body.option())),
                endpoint("DELETE", "/sessions/{id}/messages/{mid}", "removeMessage", "Takes a queued message back")
                        .returnsNothing(204)
                        .fails(ErrorCode.NOT_FOUND, ErrorCode.STATE_CONFLICT)
                        .does(call -> nothing(() -> sessions.removeQueued(call.session(), call.path("mid")))),
                endpoint("GET", "/sessions/{id}/events", "listEvents", "A page of the session's log")
                        .query(
                                new Endpoint.Parameter("after", "only events with a greater seq; 0 when left out"),
                                new Endpoint.Parameter("limit", "at most so many, 1 to 1000; 200 when left out"))
                        .returns(200, EventView.Page.class)
                        .fails(ErrorCode.NOT_FOUND)
                        .does(this::events),
                endpoint(
                                "GET",
                                "/sessions/{id}/outputs/{call}",
                                "getOutput",
                                "The whole output of a tool, where its event tells only the beginning")
                        .returns(200, Output.class)
                        .fails(ErrorCode.NOT_FOUND)
                        .does(call ->
                                new Output(call.path("call"), sessions.output(call.session(), call.path("call")))));
    }

    private static Endpoint lifecycle(String verb, String name, String summary, Step step) {
        return endpoint("POST", "/sessions/{id}/" + verb, name, summary)
                .returns(202, SessionView.class)
                .fails(ErrorCode.NOT_FOUND, ErrorCode.STATE_CONFLICT)
                .does(call -> step.of(call.session()));
    }

    @FunctionalInterface
    private interface Step {
        SessionView of(String session);
    }

    private EventView.Page events(Call call) {
        long after = call.number("after", 0, Long.MAX_VALUE).orElse(0L);
        int limit = Math.toIntExact(call.number("limit", 1, LARGEST_PAGE).orElse((long) PAGE));
        SessionView session = sessions.get(call.session());
        return EventView.Page.of(log.page(session.id(), after, limit), after);
    }

    private static @Nullable Object nothing(Runnable action) {
        action.run();
        return null;
    }

    /** Response of {@code GET /sessions}. */
    record SessionList(List<SessionView> sessions) {}

    private static String checked(Rename body) {
        String name = body.name();
        if (name.isBlank() || name.length() > LONGEST_NAME) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST,
                    "The name has " + name.length() + " characters" + (name.isBlank() ? ", all blank." : "."),
                    "Give a name of 1 to " + LONGEST_NAME + " characters.");
        }
        return name;
    }

    private static String checked(NewMessage body) {
        if (body.text().isEmpty()) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST, "The message is empty.", "Give it at least one character.");
        }
        return body.text();
    }

    /**
     * Response of {@code GET /sessions/{id}/outputs/{call}}.
     *
     * @param id that of the tool call
     */
    record Output(String id, String output) {}

    /** Body of {@code PATCH /sessions/{id}}. */
    record Rename(String name) {}

    /** Body of {@code POST /sessions/{id}/permissions/{request}}: the id of one of the question's options. */
    record Chosen(String option) {}

    /** Body of {@code POST /sessions/{id}/messages}. */
    record NewMessage(String text) {}
}

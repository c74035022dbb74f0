package dev.execlaw.http;

import static dev.execlaw.http.Endpoint.endpoint;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.session.CheckpointView;
import dev.execlaw.session.DiffView;
import dev.execlaw.session.ForkSession;
import dev.execlaw.session.SessionView;
import dev.execlaw.session.Sessions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The operations on saved machines: pause, checkpoints, the way back, forks. */
final class SavingEndpoints {

    private final Sessions sessions;

    SavingEndpoints(Sessions sessions) {
        this.sessions = sessions;
    }

    List<Endpoint> all() {
        return List.of(
                endpoint("POST", "/sessions/{id}/pause", "pauseSession", "Puts the machine to sleep on disk")
                        .returns(200, SessionView.class)
                        .fails(ErrorCode.NOT_FOUND, ErrorCode.STATE_CONFLICT, ErrorCode.CHECKPOINT_FAILED)
                        .mayTake(
                                Pause.class,
                                new Pause(null),
                                (call, body) -> sessions.pause(call.session(), Boolean.TRUE.equals(body.force()))),
                endpoint("POST", "/sessions/{id}/resume", "resumeSession", "Wakes a machine that sleeps")
                        .returns(200, SessionView.class)
                        .fails(ErrorCode.NOT_FOUND, ErrorCode.STATE_CONFLICT, ErrorCode.CAPACITY_MEMORY)
                        .does(call -> sessions.resume(call.session())),
                endpoint("GET", "/sessions/{id}/checkpoints", "listCheckpoints", "The saved states of the machine")
                        .returns(200, CheckpointList.class)
                        .fails(ErrorCode.NOT_FOUND)
                        .does(call -> new CheckpointList(sessions.checkpoints(call.session()))),
                endpoint("POST", "/sessions/{id}/checkpoints", "saveSession", "Saves the machine as it is now")
                        .returns(201, CheckpointView.class)
                        .fails(ErrorCode.NOT_FOUND, ErrorCode.STATE_CONFLICT, ErrorCode.CHECKPOINT_FAILED)
                        .mayTake(
                                Name.class,
                                new Name(null),
                                (call, body) -> sessions.checkpoint(call.session(), body.name())),
                endpoint(
                                "POST",
                                "/sessions/{id}/rewind",
                                "rewindSession",
                                "Takes machine and conversation back to a checkpoint")
                        .returns(200, SessionView.class)
                        .fails(ErrorCode.NOT_FOUND, ErrorCode.STATE_CONFLICT, ErrorCode.CHECKPOINT_FAILED)
                        .takes(Rewind.class, (call, body) -> sessions.rewind(call.session(), body.seq())),
                endpoint(
                                "GET",
                                "/sessions/{id}/diff",
                                "diffSession",
                                "What changed on the disk between two checkpoints")
                        .query(
                                new Endpoint.Parameter("from", "the older checkpoint; the image when left out"),
                                new Endpoint.Parameter("to", "the newer checkpoint; now when left out"))
                        .returns(200, DiffView.class)
                        .fails(
                                ErrorCode.NOT_FOUND,
                                ErrorCode.STATE_CONFLICT,
                                ErrorCode.DIFF_FAILED,
                                ErrorCode.CHECKPOINT_FAILED)
                        .does(call -> sessions.diff(
                                call.session(),
                                call.number("from", 1, Long.MAX_VALUE).orElse(null),
                                call.number("to", 1, Long.MAX_VALUE).orElse(null))),
                endpoint(
                                "POST",
                                "/sessions/{id}/fork",
                                "forkSession",
                                "Makes new sessions that begin where this one was")
                        .returns(201, Forks.class)
                        .fails(
                                ErrorCode.NOT_FOUND,
                                ErrorCode.STATE_CONFLICT,
                                ErrorCode.UNKNOWN_MODEL,
                                ErrorCode.CAPACITY_MEMORY,
                                ErrorCode.CHECKPOINT_FAILED)
                        .mayTake(
                                ForkSession.class,
                                new ForkSession(null, null, null),
                                (call, body) -> new Forks(sessions.fork(call.session(), body))));
    }

    /**
     * Body of {@code POST /sessions/{id}/pause}.
     *
     * @param force whether a running turn is ended for it
     */
    record Pause(@Nullable Boolean force) {}

    /** Body of {@code POST /sessions/{id}/checkpoints}. */
    record Name(@Nullable String name) {}

    /**
     * Body of {@code POST /sessions/{id}/rewind}.
     *
     * @param seq position of the checkpoint
     */
    record Rewind(long seq) {}

    /** Response of {@code GET /sessions/{id}/checkpoints}. */
    record CheckpointList(List<CheckpointView> checkpoints) {}

    /** Response of {@code POST /sessions/{id}/fork}. */
    record Forks(List<SessionView> sessions) {}
}

package dev.execlaw.http;

import static dev.execlaw.http.Endpoint.endpoint;

import dev.execlaw.problem.ErrorCode;
import java.util.List;

/** The operations that go on: events and consoles. */
final class StreamEndpoints {

    private StreamEndpoints() {}

    static List<Endpoint> all(EventStreams events, Consoles consoles) {
        return List.of(
                endpoint("GET", "/events", "streamEvents", "Events of all sessions as they happen (text/event-stream)")
                        .query(new Endpoint.Parameter(
                                "after", "cursor to resume after, as in Last-Event-ID; the head when left out"))
                        .streams(events::serve),
                endpoint("GET", "/sessions/{id}/console", "console", "The machine's serial line (WebSocket)")
                        .query(new Endpoint.Parameter("from", "offset to begin at; 0 when left out"))
                        .returnsNothing(101)
                        .fails(ErrorCode.ORIGIN_REFUSED)
                        .streams(consoles::serve));
    }
}

package dev.execlaw.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.execlaw.original.Frame;
import dev.execlaw.original.Original;
import dev.execlaw.original.SessionStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Serves the streams of single sessions to pages of the first ExeClaw, each on the virtual thread of its request. */
final class OriginalStreams {

    private static final byte[] ALIVE = ": keep-alive\n\n".getBytes(UTF_8);

    /** A viewer looks this often whether the server stops. */
    private static final Duration LOOK_UP = Duration.ofSeconds(1);

    private final EventStreams.Places places;
    private final Duration heartbeat;

    OriginalStreams(EventStreams.Places places, Duration heartbeat) {
        this.places = places;
        this.heartbeat = heartbeat;
    }

    /** Serves one viewer until it goes, the session is gone or the server stops. */
    void serve(Original original, String session, Request request, Response response, Callback callback)
            throws IOException, InterruptedException {
        String last = request.getHeaders().get("Last-Event-ID");
        SessionStream stream = original.stream(session, last == null ? Optional.empty() : Frame.Place.parse(last));
        places.take();
        try {
            EventText.begin(response);
            pump(stream, response);
        } finally {
            places.leave();
        }
        response.write(true, ByteBuffer.allocate(0), callback);
    }

    private void pump(SessionStream stream, Response response) throws IOException, InterruptedException {
        long silentSince = System.nanoTime();
        while (!places.closed() && !stream.ended()) {
            List<Frame> frames = stream.next(LOOK_UP.compareTo(heartbeat) < 0 ? LOOK_UP : heartbeat);
            if (!frames.isEmpty()) {
                Content.Sink.write(response, false, bytes(frames));
                silentSince = System.nanoTime();
            } else if (System.nanoTime() - silentSince >= heartbeat.toNanos()) {
                Content.Sink.write(response, false, ByteBuffer.wrap(ALIVE));
                silentSince = System.nanoTime();
            }
        }
    }

    private static ByteBuffer bytes(List<Frame> frames) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Frame frame : frames) {
            if (frame.place() != null) {
                all.writeBytes(("id: " + frame.place() + "\n").getBytes(UTF_8));
            }
            all.writeBytes(EventText.frame(frame.event(), frame.data()).array());
        }
        return ByteBuffer.wrap(all.toByteArray());
    }
}

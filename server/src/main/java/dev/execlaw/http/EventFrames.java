package dev.execlaw.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.execlaw.event.Event;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Writes events as frames of an event stream (HTML standard, section 9.2). Remembers the newest small ones, since many
 * viewers ask for the same. Any thread may use it.
 */
final class EventFrames {

    private static final int REMEMBERED = 1024;
    private static final int SMALL = 4 << 10;

    private final AtomicReferenceArray<@Nullable Frame> frames = new AtomicReferenceArray<>(REMEMBERED);

    /** An immutable place of the memory. */
    private static final class Frame {
        private final long cursor;
        private final byte[] bytes;

        private Frame(long cursor, byte[] bytes) {
            this.cursor = cursor;
            this.bytes = bytes;
        }
    }

    /** The frames of these events, one after the other. */
    ByteBuffer of(List<Event> events) {
        ByteArrayOutputStream all = new ByteArrayOutputStream(events.size() * 256);
        for (Event event : events) {
            all.writeBytes(of(event));
        }
        return ByteBuffer.wrap(all.toByteArray());
    }

    /** A heartbeat; its id lets a viewer that has seen no event yet resume where its stream stands. */
    static ByteBuffer heartbeat(Instant time, long cursor) {
        return frame(cursor, "hb", new Beat(time));
    }

    /** The first heartbeat of a stream, which also tells the head of the log. */
    static ByteBuffer firstHeartbeat(Instant time, long cursor, long head) {
        return frame(cursor, "hb", new FirstBeat(time, head));
    }

    /** Tells a viewer that its position is of no use here. */
    static ByteBuffer resync(long head) {
        return frame(head, "resync", new Resync(head));
    }

    record Beat(Instant time) {}

    record FirstBeat(Instant time, long head) {}

    record Resync(long head) {}

    private byte[] of(Event event) {
        int place = (int) (event.cursor() % REMEMBERED);
        Frame known = frames.get(place);
        if (known != null && known.cursor == event.cursor()) {
            return known.bytes;
        }
        byte[] bytes = frame(event.cursor(), "log", EventView.of(event)).array();
        if (bytes.length <= SMALL) {
            frames.set(place, new Frame(event.cursor(), bytes));
        }
        return bytes;
    }

    private static ByteBuffer frame(long cursor, String name, Object data) {
        byte[] head = ("id: " + cursor + "\nevent: " + name + "\ndata: ").getBytes(UTF_8);
        byte[] json = Json.bytes(data);
        byte[] whole = new byte[head.length + json.length + 2];
        System.arraycopy(head, 0, whole, 0, head.length);
        System.arraycopy(json, 0, whole, head.length, json.length);
        whole[whole.length - 2] = '\n';
        whole[whole.length - 1] = '\n';
        return ByteBuffer.wrap(whole);
    }
}

package dev.execlaw.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Cuts a server-sent event stream into the data of its events. Works on bytes that may be split anywhere; lines end
 * with LF, CR LF or CR. Comments and all fields but {@code data} are left out: model APIs put nothing in them. Lives on
 * the thread of its call.
 */
final class SseParser {

    private final int limit;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    private final ByteArrayOutputStream data = new ByteArrayOutputStream(512);
    private boolean hasData;
    private boolean afterReturn;

    /**
     * @param limit bytes of one event at most
     */
    SseParser(int limit) {
        this.limit = limit;
    }

    /** Takes the next bytes and gives each event that they complete. */
    void feed(byte[] bytes, Consumer<byte[]> events) throws IOException {
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            byte b = bytes[i];
            if (b == '\n' && afterReturn) {
                afterReturn = false;
                start = i + 1;
            } else if (b == '\n' || b == '\r') {
                line.write(bytes, start, i - start);
                start = i + 1;
                afterReturn = b == '\r';
                endLine(events);
            } else {
                afterReturn = false;
            }
        }
        line.write(bytes, start, bytes.length - start);
        if (line.size() + data.size() > limit) {
            throw new IOException("an event of the provider is longer than " + limit + " bytes");
        }
    }

    /** The stream has ended: gives what a server left without its closing blank line. */
    void end(Consumer<byte[]> events) {
        if (line.size() > 0) {
            endLine(events);
        }
        dispatch(events);
    }

    private void endLine(Consumer<byte[]> events) {
        if (line.size() == 0) {
            dispatch(events);
            return;
        }
        byte[] text = line.toByteArray();
        line.reset();
        if (text.length < 4 || text[0] != 'd' || text[1] != 'a' || text[2] != 't' || text[3] != 'a') {
            return;
        }
        int from = 4;
        if (from < text.length) {
            if (text[from] != ':') {
                return;
            }
            from++;
        }
        if (from < text.length && text[from] == ' ') {
            from++;
        }
        if (hasData) {
            data.write('\n');
        }
        hasData = true;
        data.writeBytes(Arrays.copyOfRange(text, from, text.length));
    }

    private void dispatch(Consumer<byte[]> events) {
        if (hasData) {
            hasData = false;
            byte[] event = data.toByteArray();
            data.reset();
            events.accept(event);
        }
    }
}

package dev.execlaw.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A viewer of the event stream over a bare socket, so that it can break off anywhere. Used by one thread. */
final class SseClient implements AutoCloseable {

    final Map<String, String> headers = new LinkedHashMap<>();
    final int status;
    private final Socket socket;
    private final BufferedReader in;

    /** One frame of the stream. */
    record Frame(String id, String event, JsonNode data) {
        long cursor() {
            return Long.parseLong(id);
        }
    }

    SseClient(TestServer server, String query, String... extraHeaders) throws IOException {
        this("/api/v1/events" + query, server, extraHeaders);
    }

    /** A viewer of another stream than that of all sessions. */
    static SseClient of(TestServer server, String path, String... extraHeaders) throws IOException {
        return new SseClient(path, server, extraHeaders);
    }

    private SseClient(String path, TestServer server, String... extraHeaders) throws IOException {
        socket = new Socket(
                server.http.address().getAddress(), server.http.address().getPort());
        socket.setSoTimeout(20_000);
        StringBuilder head = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n");
        head.append("Accept-Encoding: gzip\r\nAuthorization: Bearer ")
                .append(TestServer.TOKEN)
                .append("\r\n");
        for (String header : extraHeaders) {
            head.append(header).append("\r\n");
        }
        OutputStream out = socket.getOutputStream();
        out.write((head + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
        in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8), 512);
        status = Integer.parseInt(in.readLine().substring(9, 12));
        for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
            headers.put(
                    line.substring(0, line.indexOf(':')).toLowerCase(java.util.Locale.ROOT),
                    line.substring(line.indexOf(':') + 1).strip());
        }
    }

    /** The next frame, or null when the stream has ended. Chunk sizes of the transfer coding are skipped. */
    Frame next() throws IOException {
        String id = "";
        String event = "";
        StringBuilder data = new StringBuilder();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("event: ")) {
                event = line.substring(7);
            } else if (line.startsWith("data: ")) {
                data.append(line.substring(6));
            } else if (line.isEmpty() && !event.isEmpty()) {
                return new Frame(id, event, Json.MAPPER.readTree(data.toString()));
            } else if (line.equals("0")) {
                return null;
            }
        }
        return null;
    }

    /** The next frame that is no heartbeat. */
    Frame nextEvent() throws IOException {
        Frame frame = next();
        while (frame != null && frame.event().equals("hb")) {
            frame = next();
        }
        return frame;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

package dev.execlaw.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A browser's event stream: reads {@code GET /events} on a thread of its own until it is dropped. */
final class EventStream implements AutoCloseable {

    /** One frame with what it needs to be resumed. */
    record Frame(String id, String name, JsonNode data) {}

    private final List<Frame> frames = new CopyOnWriteArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private final Thread reader;

    /** Opens the stream after {@code lastEventId}; the empty string means from now on. */
    EventStream(Api api, String lastEventId) {
        HttpRequest.Builder request = HttpRequest.newBuilder(api.uri("/events"))
                .setHeader("Authorization", "Bearer " + api.token())
                .setHeader("Accept", "text/event-stream");
        if (!lastEventId.isEmpty()) {
            request.setHeader("Last-Event-ID", lastEventId);
        }
        HttpRequest built = request.build();
        this.reader = Thread.ofVirtual().start(() -> read(built));
        Wait.until(
                "the stream's first heartbeat",
                Duration.ofSeconds(10),
                () -> frames.stream().anyMatch(frame -> frame.name().equals("hb")));
    }

    /** Log events of one session, in the order they came. */
    List<Frame> events(String session) {
        return frames.stream()
                .filter(frame -> frame.name().equals("log"))
                .filter(frame -> frame.data().path("session").asString().equals(session))
                .toList();
    }

    /** Id of the newest log event, to resume after. */
    String lastId() {
        return frames.stream()
                .filter(frame -> frame.name().equals("log"))
                .reduce((_, second) -> second)
                .map(Frame::id)
                .orElse("");
    }

    /** Drops the connection as a lost network would. */
    @Override
    public void close() {
        http.shutdownNow();
        reader.interrupt();
    }

    private void read(HttpRequest request) {
        try {
            HttpResponse<java.io.InputStream> response = http.send(request, BodyHandlers.ofInputStream());
            BufferedReader lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
            String id = "";
            String name = "message";
            StringBuilder data = new StringBuilder();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isEmpty()) {
                    if (!data.isEmpty()) {
                        frames.add(new Frame(id, name, JsonMapper.shared().readTree(data.toString())));
                    }
                    name = "message";
                    data.setLength(0);
                } else if (line.startsWith("id:")) {
                    id = line.substring(3).strip();
                } else if (line.startsWith("event:")) {
                    name = line.substring(6).strip();
                } else if (line.startsWith("data:")) {
                    data.append(line.substring(5).strip());
                }
            }
        } catch (IOException _) {
            // dropped: what was read so far is what a browser would have
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.execlaw.cli;

import dev.execlaw.config.Config;
import dev.execlaw.config.DataDirectory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The API of a running daemon, as the commands use it. Used by one thread. */
final class ApiClient implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final URI base;
    private final String token;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    ApiClient(URI base, String token) {
        this.base = base;
        this.token = token;
    }

    /** A client of the daemon that this configuration describes. */
    static ApiClient of(Config config) {
        return new ApiClient(Urls.base(config.server().listen()), token(ConfigOptions.dataDirectory(config)));
    }

    /** The token from the environment, else that of the data directory. */
    static String token(DataDirectory data) {
        String given = System.getenv("EXECLAW_TOKEN");
        if (given != null && !given.isEmpty()) {
            return given;
        }
        Path file = data.token();
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new CliException(
                    "no token can be read from " + file,
                    "start the server with `execlaw up`, or set EXECLAW_TOKEN, or name its --data-dir",
                    e);
        }
    }

    /** Calls the API; {@code body} null for none. Returns the answer, a missing node when it is empty. */
    JsonNode call(String method, String path, @Nullable Map<String, ?> body) throws InterruptedException {
        JsonMapper json = JsonMapper.shared();
        BodyPublisher publisher =
                body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json.writeValueAsString(body));
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + "/api/v1" + path))
                .timeout(LIMIT)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", UUID.randomUUID().toString())
                .method(method, publisher)
                .build();
        try {
            HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
            JsonNode answer = json.readTree(response.body().isEmpty() ? "null" : response.body());
            if (response.statusCode() >= 400) {
                throw refused(response.statusCode(), answer);
            }
            return answer;
        } catch (ConnectException e) {
            throw new CliException("no server answers at " + base, "start it with `execlaw up`", e);
        } catch (IOException e) {
            throw new CliException("the call to " + base + " broke: " + e.getMessage(), "try again", e);
        }
    }

    /** Takes the events of a stream, in their order. */
    @FunctionalInterface
    interface Events {
        void take(String name, JsonNode data) throws IOException;
    }

    /** Calls the API and takes the stream of events that it answers with, to its end. */
    void stream(String path, Map<String, ?> body, Events events, Duration limit)
            throws IOException, InterruptedException {
        JsonMapper json = JsonMapper.shared();
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + "/api/v1" + path))
                .timeout(limit)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .header("Accept", "text/event-stream")
                .POST(BodyPublishers.ofString(json.writeValueAsString(body)))
                .build();
        HttpResponse<InputStream> response;
        try {
            response = http.send(request, BodyHandlers.ofInputStream());
        } catch (ConnectException e) {
            throw new CliException("no server answers at " + base, "start it with `execlaw up`", e);
        }
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            if (response.statusCode() >= 400) {
                throw refused(response.statusCode(), json.readTree(lines));
            }
            String name = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("event: ")) {
                    name = line.substring("event: ".length());
                } else if (line.startsWith("data: ")) {
                    events.take(name, json.readTree(line.substring("data: ".length())));
                }
            }
        }
    }

    @Override
    public void close() {
        http.close();
    }

    private static CliException refused(int status, JsonNode problem) {
        String code = problem.path("code").asString("status " + status);
        String next = problem.path("next").asString("");
        return new CliException(
                problem.path("detail").asString("the server refused") + " (" + code + ")",
                next.isEmpty() ? "change the request" : next);
    }
}

package dev.execlaw.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A daemon started for a benchmark by the launcher, as a user would, and its API. Used by one thread. */
final class RunningProduct implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Pattern LISTENING = Pattern.compile("listening (\\d+) ms after the start of Java");

    private final Process process;
    private final Path log;
    private final URI base;
    private final String token = "bench-" + UUID.randomUUID();
    private final HttpClient http = HttpClient.newHttpClient();

    /** Starts {@code ./execlaw up} over {@code data} and waits until it answers. */
    RunningProduct(Path launcher, Path data, int port) throws IOException {
        // Machines that do not boot, or that are saved, are none of a benchmark's business, where it does not say so.
        this(launcher, data, port, Map.of("EXECLAW_VM_TEMPLATES", "false", "EXECLAW_SESSION_CHECKPOINTS", "false"));
    }

    /** The same with these variables in its environment. */
    RunningProduct(Path launcher, Path data, int port, Map<String, String> environment) throws IOException {
        this.base = URI.create("http://127.0.0.1:" + port + "/api/v1");
        this.log = Files.createTempFile("execlaw-bench", ".log");
        ProcessBuilder builder = new ProcessBuilder(
                        launcher.toString(), "up", "--data-dir", data.toString(), "--listen", "127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("EXECLAW_TOKEN", token);
        // Devices and rules are none of a benchmark's business, where it does not say so.
        builder.environment().put("EXECLAW_NETWORK_MODE", "user");
        builder.environment().putAll(environment);
        this.process = builder.start();
        await("the daemon to answer", Duration.ofMinutes(5), this::answers);
    }

    long pid() {
        return process.pid();
    }

    /** Resident memory of the daemon in KiB (proc(5), VmRSS). */
    long residentKiB() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no VmRSS in /proc/" + process.pid() + "/status");
    }

    /** What the daemon itself says of its start: milliseconds from the start of Java to listening. */
    double listeningAfterMillis() throws IOException {
        Matcher said = LISTENING.matcher(Files.readString(log));
        if (!said.find()) {
            throw new IOException("the daemon does not say when it began to listen: " + log);
        }
        return Double.parseDouble(said.group(1));
    }

    /** Lets time pass in which nothing is asked of the daemon. */
    static void leaveIdle(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    String create() throws IOException {
        return send("POST", "/sessions", "{\"provider\":\"demo\",\"model\":\"demo\"}", 201)
                .path("id")
                .asString();
    }

    JsonNode session(String id) throws IOException {
        return send("GET", "/sessions/" + id, null, 200);
    }

    /** Waits until the session's agent is idle. */
    void awaitIdle(String id) {
        await("an idle agent in session " + id, Duration.ofMinutes(3), () -> {
            try {
                JsonNode session = session(id);
                if (session.path("state").asString().equals("failed")) {
                    throw new IllegalStateException("session failed: " + session);
                }
                return session.path("agentState").asString().equals("idle");
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** Sends a message and waits for the end of its turn. Returns the joined output of its tools. */
    String turn(String id, String text, Duration limit) throws IOException {
        long before = lastSeq(id);
        send(
                "POST",
                "/sessions/" + id + "/messages",
                JSON.createObjectNode().put("text", text).toString(),
                202);
        StringBuilder output = new StringBuilder();
        await("the end of the turn \"" + text + "\"", limit, () -> {
            output.setLength(0);
            boolean finished = false;
            for (JsonNode event : eventsAfter(id, before)) {
                String type = event.path("type").asString();
                finished |= type.equals("turn_finished");
                if (type.equals("tool_result")) {
                    output.append(event.path("payload").path("output").asString());
                }
            }
            return finished;
        });
        return output.toString();
    }

    void delete(String id) throws IOException {
        send("DELETE", "/sessions/" + id, null, 204);
    }

    /** Waits for a fact, looking every 5 ms. */
    static void await(String what, Duration limit, BooleanSupplier fact) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!fact.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("waited " + limit.toSeconds() + " s in vain for " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("the daemon did not end within 60 s of SIGTERM; its log is " + log);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the daemon ended", e);
        }
        Files.delete(log);
    }

    private boolean answers() {
        if (!process.isAlive()) {
            throw new IllegalStateException("the daemon ended with " + process.exitValue() + "; its log is " + log);
        }
        try {
            send("GET", "/health", null, 200);
            return true;
        } catch (IOException _) {
            return false; // not listening yet: the caller looks again until its deadline
        }
    }

    private long lastSeq(String id) throws IOException {
        long last = 0;
        for (JsonNode event : eventsAfter(id, 0)) {
            last = event.path("seq").asLong();
        }
        return last;
    }

    List<JsonNode> eventsAfter(String id, long after) {
        List<JsonNode> all = new ArrayList<>();
        long next = after;
        try {
            while (true) {
                JsonNode page = send("GET", "/sessions/" + id + "/events?after=" + next + "&limit=1000", null, 200);
                if (page.path("events").isEmpty()) {
                    return all;
                }
                page.path("events").forEach(all::add);
                next = page.path("next").asLong();
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    JsonNode send(String method, String path, @org.jspecify.annotations.Nullable String body, int expected)
            throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(Duration.ofMinutes(1))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        try {
            HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
            if (response.statusCode() != expected) {
                throw new IllegalStateException(method + " " + path + ": " + response.statusCode() + response.body());
            }
            return JSON.readTree(response.body().isEmpty() ? "null" : response.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}

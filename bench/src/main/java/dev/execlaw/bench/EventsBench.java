package dev.execlaw.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.execlaw.agent.AgentChannel;
import dev.execlaw.auth.AccessToken;
import dev.execlaw.auth.Authenticator;
import dev.execlaw.email.EmailSettings;
import dev.execlaw.email.Emails;
import dev.execlaw.event.EventLog;
import dev.execlaw.event.EventPayload;
import dev.execlaw.event.StoredEventLog;
import dev.execlaw.http.HttpParts;
import dev.execlaw.http.HttpServer;
import dev.execlaw.http.HttpSettings;
import dev.execlaw.http.MemoryIdempotencyStore;
import dev.execlaw.key.Keys;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.session.AgentStatus;
import dev.execlaw.session.KeyMode;
import dev.execlaw.session.MachineStatus;
import dev.execlaw.session.NetworkView;
import dev.execlaw.session.SessionPolicy;
import dev.execlaw.session.SessionView;
import dev.execlaw.session.Sessions;
import dev.execlaw.session.SpendView;
import dev.execlaw.store.Database;
import dev.execlaw.store.EventTable;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Reading a session's log through the API: a long one from its beginning, and a running one by many viewers at once. The
 * server and its database are real; there is a single session, and it is a double.
 */
public final class EventsBench {

    private static final String SESSION = "s1";
    private static final int EVENTS = 100_000;
    private static final int VIEWERS = 500;
    private static final int TOLD = 200;
    private static final long PERIOD_MS = 50;
    private static final String END = "the end";

    private EventsBench() {}

    /** Runs it; takes no arguments. */
    public static void main(String[] args) throws Exception {
        Path directory = Files.createTempDirectory("events-bench");
        try (Database database = Database.open(directory.resolve("execlaw.db"))) {
            write(database);
            EventLog log = new StoredEventLog(new EventTable(database), InstantSource.system());
            AccessToken token = AccessToken.random();
            HttpServer server = new HttpServer(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    sessions(),
                    unasked(Keys.class),
                    log,
                    new Authenticator(token),
                    () -> {
                        throw new UnsupportedOperationException("nobody asks");
                    },
                    _ -> {
                        throw new UnsupportedOperationException("nobody asks");
                    },
                    new MemoryIdempotencyStore(),
                    HttpSettings.defaults(),
                    new HttpParts(new Emails(EmailSettings.NONE, log, InstantSource.system()), null, false, false));
            server.start();
            try {
                new Figures("A session's log through the API")
                        .add(
                                "first page of " + EVENTS + " events (200)",
                                pages(server, token, 200, 1, 100),
                                "ms",
                                "<= 50 ms")
                        .add(
                                "all " + EVENTS + " events (pages of 1,000)",
                                pages(server, token, 1000, 100, 5),
                                "ms",
                                "<= 2,000 ms")
                        .add(
                                "appended to read by each of " + VIEWERS + " viewers",
                                fanOut(server, token, log),
                                "ms",
                                "p99 <= 100 ms")
                        .print();
            } finally {
                server.stop();
            }
        } finally {
            Command.of("rm", "-rf", "--", directory.toString()).runOrThrow();
        }
    }

    private static void write(Database database) {
        EventLog log = new StoredEventLog(new EventTable(database), InstantSource.system());
        for (int i = 1; i < EVENTS; i++) {
            log.appendLater(
                    SESSION, new EventPayload.Message("some words of an answer, number " + i + "\n", "part-" + i / 50));
        }
        log.append(SESSION, new EventPayload.TurnFinished("completed", ""));
    }

    /** Milliseconds for so many pages one after the other, several times. */
    private static double[] pages(HttpServer server, AccessToken token, int limit, int count, int samples)
            throws IOException, InterruptedException {
        double[] times = new double[samples];
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (int i = -2; i < samples; i++) {
                long begin = System.nanoTime();
                long after = 0;
                for (int page = 0; page < count; page++) {
                    String body = client.send(
                                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                                                    + server.address().getPort() + "/api/v1/sessions/" + SESSION
                                                    + "/events?after=" + after + "&limit=" + limit))
                                            .header("Authorization", "Bearer " + token.value())
                                            .build(),
                                    BodyHandlers.ofString())
                            .body();
                    int at = body.lastIndexOf("\"next\":") + 7;
                    after = Long.parseLong(body.substring(at, body.indexOf('}', at)));
                }
                if (after != (long) limit * count) {
                    throw new IOException("read " + after + " events of " + (long) limit * count);
                }
                if (i >= 0) {
                    times[i] = (System.nanoTime() - begin) / 1e6;
                }
            }
        }
        return times;
    }

    private static double[] fanOut(HttpServer server, AccessToken token, EventLog log) throws Exception {
        CountDownLatch ready = new CountDownLatch(VIEWERS);
        List<Future<double[]>> viewers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < VIEWERS; i++) {
                viewers.add(threads.submit(() -> view(server, token, ready)));
            }
            if (!ready.await(60, TimeUnit.SECONDS)) {
                throw new IOException(ready.getCount() + " viewers of " + VIEWERS + " are not connected after 60 s");
            }
            for (int i = 0; i < TOLD; i++) {
                log.appendLater(SESSION, new EventPayload.Message("@" + System.nanoTime() + " ", "live"));
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PERIOD_MS));
            }
            log.append(SESSION, new EventPayload.Notice(END));
        }
        List<double[]> delays = new ArrayList<>();
        for (Future<double[]> viewer : viewers) {
            delays.add(viewer.get());
        }
        return delays.stream().flatMapToDouble(Arrays::stream).toArray();
    }

    private static double[] view(HttpServer server, AccessToken token, CountDownLatch ready) throws IOException {
        double[] delays = new double[TOLD];
        int count = 0;
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream()
                    .write(("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token.value()
                                    + "\r\n\r\n")
                            .getBytes(US_ASCII));
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
            for (String line = in.readLine(); line != null && !line.contains(END); line = in.readLine()) {
                if (line.startsWith("event: hb")) {
                    ready.countDown();
                }
                int at = line.indexOf("\"@");
                if (at >= 0) {
                    delays[count++] =
                            (System.nanoTime() - Long.parseLong(line.substring(at + 2, line.indexOf(' ', at)))) / 1e6;
                }
            }
        }
        if (count != TOLD) {
            throw new IOException("a viewer got " + count + " events of " + TOLD);
        }
        return delays;
    }

    /** One session that can only be looked at. */
    private static Sessions sessions() {
        NetworkView network = new NetworkView("user", null, null, "internet", List.of(), "none", "alone", null);
        SessionView view = new SessionView(
                SESSION,
                "long",
                MachineStatus.RUNNING,
                AgentStatus.IDLE,
                "demo",
                "demo",
                "reference",
                null,
                "qemu",
                "alone",
                1,
                512,
                network,
                Instant.EPOCH,
                Instant.EPOCH,
                List.of(),
                List.of(),
                null,
                null,
                List.of(),
                SessionPolicy.NONE,
                SpendView.NOTHING,
                SpendView.NOTHING,
                KeyMode.GATEWAY,
                AgentChannel.CONSOLE);
        return answering(Sessions.class, method -> {
            if (method.equals("get")) {
                return view;
            }
            throw new UnsupportedOperationException(method);
        });
    }

    /** A part of the server that no request of this bench comes to. */
    private static <T> T unasked(Class<T> type) {
        return answering(type, method -> {
            throw new UnsupportedOperationException(method);
        });
    }

    private static <T> T answering(Class<T> type, Function<String, Object> answers) {
        return type.cast(Proxy.newProxyInstance(
                EventsBench.class.getClassLoader(),
                new Class<?>[] {type},
                (_, method, _) -> answers.apply(method.getName())));
    }
}

package dev.execlaw.web.stub;

import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;
import org.jspecify.annotations.Nullable;

/** The server as the user interface sees it, on a free port of the loopback, with scripted sessions. */
public final class StubServer implements AutoCloseable {

    final StubLog log = new StubLog();
    final Map<String, StubSession> sessions = new ConcurrentHashMap<>();
    final Map<String, Map<String, Object>> answered = new ConcurrentHashMap<>();
    final StubKeys keys = new StubKeys();
    final StubModels models = new StubModels();
    final StubMail mail = new StubMail();
    final long stepMillis;

    // Starts wait here in their step "kernel".
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private final Set<StubSocket> sockets = ConcurrentHashMap.newKeySet();
    final AtomicInteger streams = new AtomicInteger();
    final AtomicLong epoch = new AtomicLong();
    final AtomicInteger messagePosts = new AtomicInteger();
    volatile boolean signedOut;
    volatile boolean resync;
    volatile boolean unreachable;
    volatile boolean userMode;
    volatile boolean templates;
    private final AtomicLong mostUnacknowledged = new AtomicLong();
    private final AtomicInteger ids = new AtomicInteger();
    private final Server server;
    private final ServerConnector connector;

    /** Starts listening; a port of 0 takes a free one. A start of a machine takes about 18 times {@code stepMillis}. */
    public StubServer(int port, long stepMillis) throws Exception {
        this.stepMillis = stepMillis;
        var threads = new QueuedThreadPool();
        threads.setVirtualThreadsExecutor(Executors.newVirtualThreadPerTaskExecutor());
        threads.setDaemon(true);
        server = new Server(threads);
        connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        connector.setIdleTimeout(600_000);
        server.addConnector(connector);
        var upgrade = WebSocketUpgradeHandler.from(server, container -> {
            container.setMaxBinaryMessageSize(1 << 20);
            container.addMapping("regex|^/api/v1/sessions/[^/]+/console$", (request, response, callback) -> {
                response.setAcceptedSubProtocol("execlaw-console");
                var path = request.getHttpURI().getPath().split("/", -1);
                var session = sessions.get(path[4]);
                if (session == null) {
                    throw new IllegalStateException("no session " + path[4]);
                }
                String query = request.getHttpURI().getQuery();
                int from = query == null ? 0 : Integer.parseInt(query.replaceAll("\\D", ""));
                var socket = new StubSocket(session.console, from, mostUnacknowledged);
                sockets.add(socket);
                return socket;
            });
        });
        Handler routes = new StubRoutes(this);
        upgrade.setHandler(routes);
        server.setHandler(upgrade);
        server.start();
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + connector.getLocalPort());
    }

    /** Adds a session that is already running and idle. */
    public StubSession running(String name) {
        return past(name, Instant.now().minusSeconds(600));
    }

    StubSession past(String name, Instant created) {
        var session = make(Map.of("name", name), created);
        session.tell();
        session.booted(created, 2, 34, 12, 180, 4120, 2260, 890, 140, 0);
        session.console.print("[    0.000000] Linux version 6.1.0-31-cloud-amd64\r\nroot@nullclaw:~# ");
        session.tell();
        return session;
    }

    StubSession make(Map<String, Object> request, Instant created) {
        return make(request, new StubNetwork(userMode), created);
    }

    StubSession make(Map<String, Object> request, StubNetwork network, Instant created) {
        var session =
                new StubSession("s" + ids.incrementAndGet(), log, request, network, created, stepMillis, () -> gate);
        if (templates) {
            session.fromTemplate();
        }
        sessions.put(session.id, session);
        return session;
    }

    /** A new session that goes on from another's past, on a machine that starts now. */
    StubSession fork(StubSession source, @Nullable Long seq, int number, @Nullable String model) {
        Map<String, Object> of = source.json();
        var request = new LinkedHashMap<String, Object>();
        request.put("name", of.get("name") + " fork " + number);
        request.put("model", model == null ? of.get("model") : model);
        var fork = make(request, Instant.now());
        source.copyInto(fork, seq == null ? log.head(source.id) : seq);
        fork.start(null);
        return fork;
    }

    /** From now on machines are cloned from a template instead of booting. */
    public StubServer templates() {
        templates = true;
        return this;
    }

    /** From now on starts stay in their step {@code kernel} or {@code wake}, and sleepers asleep, until {@link #letStart}. */
    public void holdStarts() {
        gate = new CountDownLatch(1);
    }

    /** Lets held starts go on. */
    public void letStart() {
        gate.countDown();
    }

    /** Creates a session whose start fails at the step. */
    public String failing(String step) {
        var session = make(Map.of("name", "Broken Mast"), Instant.now());
        session.start(step);
        return session.id;
    }

    /** Gives the session this many messages of the past, each with its answer. */
    public void fill(StubSession session, int turns) {
        Instant at = Instant.now().minusSeconds(300);
        for (int i = 1; i <= turns; i++) {
            String message = "old" + i;
            session.past(at, "user_message", Map.of("id", message, "text", "Question " + i));
            session.past(at, "turn_started", Map.of("message", message));
            session.past(
                    at,
                    "message",
                    Map.of("text", "Answer " + i + " with **some** text\n\nand a second paragraph.", "part", "p" + i));
            session.past(at, "turn_finished", Map.of("reason", "completed", "detail", ""));
        }
    }

    /** From now on {@code live}, {@code kept} or {@code documented} is where the list of models is from; {@code broken}: there is none. */
    public void modelsFrom(String where) {
        models.from(where);
    }

    /** From now on lists of models do not come, until {@link #letModels}. */
    public void holdModels() {
        models.hold();
    }

    /** Lets held lists come. */
    public void letModels() {
        models.letGo();
    }

    /** From now on no mail is configured. */
    public void noMail() {
        mail.none();
    }

    /** What was mailed: session and address. */
    public List<String> mailed() {
        return mail.sent();
    }

    /** What was last kept as the key of a provider. */
    public @Nullable String key(String provider) {
        return keys.kept(provider);
    }

    /** Deletes a session as another window would. */
    public void delete(String id) {
        var session = sessions.remove(id);
        if (session != null) {
            session.interrupt();
        }
        log.forget(id);
    }

    /** Cuts every event stream. */
    public void dropStreams() {
        epoch.incrementAndGet();
        log.wake();
    }

    /** Ends every connection at once and every new one without an answer, until called with false. */
    public void unreachable(boolean yes) {
        unreachable = yes;
        dropStreams();
        dropConsoles();
    }

    /** Cuts every console connection. */
    public void dropConsoles() {
        sockets.forEach(StubSocket::drop);
        sockets.clear();
    }

    /** From now on sessions are made as where no network cards can be: they reach their gateway only. */
    public StubServer userMode() {
        userMode = true;
        return this;
    }

    /** Makes the next stream begin with a resync, as after more was missed than is kept. */
    public void resyncNext() {
        resync = true;
        dropStreams();
    }

    /** From now on every call is refused as if the login had ended. */
    public void signOut() {
        signedOut = true;
    }

    /** What a browser may hold open at once: event streams. */
    public int openStreams() {
        return streams.get();
    }

    /** How many bytes were ever sent to a console beyond what it had acknowledged. */
    public long mostUnacknowledged() {
        return mostUnacknowledged.get();
    }

    /** How often messages were posted, repeats with the same key included. */
    public int messagePosts() {
        return messagePosts.get();
    }

    /** Ids of all sessions, newest first. */
    public List<String> ids() {
        return list().stream().map(s -> (String) s.get("id")).toList();
    }

    public StubSession session(String id) {
        var found = sessions.get(id);
        if (found == null) {
            throw new IllegalArgumentException("no session " + id);
        }
        return found;
    }

    List<Map<String, Object>> list() {
        var all = new ArrayList<>(sessions.values());
        all.sort((a, b) -> b.created.compareTo(a.created));
        return all.stream().map(StubSession::json).toList();
    }

    Map<String, Object> system() {
        var system = new LinkedHashMap<String, Object>();
        system.put("version", "0.1.0");
        system.put("driver", "qemu");
        system.put("driverReason", "Firecracker is not set up");
        system.put("gaps", List.of("memory of machines is not limited: no control groups"));
        system.put("accelerator", Map.of("kind", "tcg", "reason", "/dev/kvm opens but runs no guest"));
        system.put("network", StubSystem.network(userMode));
        system.put("isolation", StubSystem.isolation(userMode));
        system.put(
                "host",
                Map.of(
                        "cpus",
                        4,
                        "memoryTotalMiB",
                        15990,
                        "memoryAvailableMiB",
                        12800,
                        "diskFreeMiB",
                        90000,
                        "load1",
                        0.4));
        system.put("capacity", Map.of("memoryMiB", 8192, "reservedMiB", 1024));
        system.put(
                "images",
                List.of(Map.of(
                        "id",
                        "debian-1a2b3c",
                        "recipe",
                        "debian",
                        "agent",
                        Map.of("kind", "reference", "version", "0.1.0"))));
        system.put(
                "providers",
                List.of(
                        provider("demo", "Demo (built in)", false, List.of("demo-1", "demo-2")),
                        provider("openrouter", "OpenRouter", true, List.of("z-ai/glm-5", "deepseek/deepseek-v4")),
                        provider("local", "Local", false, List.of())));
        system.put("keyModes", List.of("gateway", "direct"));
        system.put("agents", List.of("reference", "nullclaw"));
        system.put(
                "defaults",
                Map.of("provider", "demo", "model", "demo-1", "agent", "reference", "vcpus", 1, "memoryMiB", 512));
        system.put("uptimeSeconds", 4321);
        return system;
    }

    private Map<String, Object> provider(String id, String name, boolean needsKey, List<String> models) {
        return Map.of("id", id, "name", name, "needsKey", needsKey, "keyPresent", keys.has(id), "models", models);
    }

    @Override
    public void close() throws Exception {
        dropStreams();
        server.stop();
    }
}

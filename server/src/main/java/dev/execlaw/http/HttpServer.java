package dev.execlaw.http;

import dev.execlaw.auth.AllowedHosts;
import dev.execlaw.auth.Authenticator;
import dev.execlaw.event.EventLog;
import dev.execlaw.gateway.ModelListing;
import dev.execlaw.key.Keys;
import dev.execlaw.session.Sessions;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP API, event stream, consoles and user interface on one port. Started once, stopped once; any thread may do
 * either.
 */
public final class HttpServer {

    private static final Logger log = LoggerFactory.getLogger(HttpServer.class);

    private final InetSocketAddress listen;
    private final Server server;
    private final ServerConnector connector;
    private final EventStreams events;
    private final Consoles consoles;

    /** Set by the thread that starts the server, read by any. */
    private volatile InetSocketAddress bound;

    /**
     * Makes a server that does not listen yet.
     *
     * @param listen port 0 takes a free one
     * @param system asked at each {@code GET /system} and {@code GET /health}; must be quick
     * @param models of a provider; may take seconds
     */
    public HttpServer(
            InetSocketAddress listen,
            Sessions sessions,
            Keys keys,
            EventLog eventLog,
            Authenticator authenticator,
            Supplier<SystemInfo> system,
            Function<String, ModelListing> models,
            IdempotencyStore idempotency,
            HttpSettings settings,
            HttpParts parts) {
        this(
                listen,
                sessions,
                keys,
                eventLog,
                authenticator,
                system,
                models,
                idempotency,
                settings,
                parts,
                "dev/execlaw/web");
    }

    HttpServer(
            InetSocketAddress listen,
            Sessions sessions,
            Keys keys,
            EventLog eventLog,
            Authenticator authenticator,
            Supplier<SystemInfo> system,
            Function<String, ModelListing> models,
            IdempotencyStore idempotency,
            HttpSettings settings,
            HttpParts parts,
            String webRoot) {
        this.listen = listen;
        this.bound = listen;
        this.server = new Server(threads());
        this.connector = connector(server, listen, settings);
        InstantSource clock = InstantSource.system();
        this.events = new EventStreams(eventLog, settings, clock);
        this.consoles = new Consoles(server, sessions, settings);
        Deadlines deadlines = new Deadlines(connector.getScheduler(), settings);
        connector.addBean(deadlines);
        Guard guard = new Guard(
                authenticator, new AllowedHosts(listen.getHostString(), anyLocal(listen), settings.hosts()), settings);
        Router router = router(sessions, keys, eventLog, system, models, parts);
        Bodies bodies = new Bodies(settings.bodyLimit(), deadlines);
        Idempotency once = new Idempotency(idempotency, clock);
        server.setHandler(new GracefulHandler(new Entrance(
                guard,
                deadlines,
                new ApiHandler(guard, router, bodies, once),
                parts.original() == null
                        ? null
                        : new OriginalHandler(
                                guard, parts, bodies, once, new OriginalStreams(events.places(), settings.heartbeat())),
                new Login(authenticator, guard, bodies),
                new UserInterface(Objects.requireNonNull(HttpServer.class.getClassLoader()), webRoot))));
        server.setErrorHandler(new JettyErrors());
        server.setStopTimeout(settings.drain().toMillis());
    }

    private Router router(
            Sessions sessions,
            Keys keys,
            EventLog eventLog,
            Supplier<SystemInfo> system,
            Function<String, ModelListing> models,
            HttpParts parts) {
        // The description contains itself: it is made when first asked for.
        Router[] self = new Router[1];
        Supplier<OpenApi> description =
                () -> OpenApi.of(self[0].endpoints(), system.get().version());
        self[0] = new Router(Stream.of(
                        new SystemEndpoints(sessions, system, description).all(),
                        ModelEndpoints.all(models),
                        new SessionEndpoints(sessions, eventLog).all(),
                        new SavingEndpoints(sessions).all(),
                        new PolicyEndpoints(sessions, InstantSource.system()).all(),
                        new ExecEndpoints(sessions).all(),
                        new KeyEndpoints(keys).all(),
                        new EmailEndpoints(sessions, parts.emails()).all(),
                        StreamEndpoints.all(events, consoles))
                .flatMap(List::stream)
                .toList());
        return self[0];
    }

    /**
     * Requests run on virtual threads without a bound, since each open event stream keeps one. Accepting and selecting
     * stay on platform threads: a few pinned virtual threads take all carriers, and a selector waiting for one of them
     * stops the whole server (seen with 500 streams in Object.wait).
     */
    private static QueuedThreadPool threads() {
        QueuedThreadPool pool = new QueuedThreadPool(16, 4);
        pool.setName("http");
        pool.setVirtualThreadsExecutor(Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("http-request-", 0).factory()));
        return pool;
    }

    private static ServerConnector connector(Server server, InetSocketAddress listen, HttpSettings settings) {
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        configuration.setRequestHeaderSize(16 << 10);
        ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(configuration));
        connector.setHost(listen.getHostString());
        connector.setPort(listen.getPort());
        connector.setIdleTimeout(settings.idleTimeout().toMillis());
        connector.setAcceptQueueSize(1024);
        connector.setReuseAddress(true);
        server.addConnector(connector);
        return connector;
    }

    private static boolean anyLocal(InetSocketAddress listen) {
        InetAddress address = listen.getAddress();
        return address != null && address.isAnyLocalAddress();
    }

    /**
     * Listens and serves.
     *
     * @throws ListenException when it cannot listen there; nothing is left running then
     */
    public void start() throws IOException {
        try {
            connector.open();
        } catch (IOException e) {
            throw new ListenException(cannotListen(e), e);
        }
        bound = new InetSocketAddress(listen.getHostString(), connector.getLocalPort());
        try {
            server.start();
        } catch (Exception e) {
            connector.close();
            throw new IOException("The HTTP server did not start: " + e.getMessage(), e);
        }
        log.info("listening on {}", address());
    }

    /** Where it listens, with the real port. Valid once started. */
    public InetSocketAddress address() {
        return bound;
    }

    /** How many event streams and console viewers are open. */
    public int viewers() {
        return events.open() + consoles.open();
    }

    /** Stops listening, ends streams, lets running requests finish within the drain time, then cuts what is left. */
    public void stop() throws IOException {
        Instant begin = Instant.now();
        events.close();
        consoles.close();
        try {
            server.stop();
        } catch (TimeoutException e) {
            log.warn("some requests did not finish within {} ms and were cut", server.getStopTimeout());
        } catch (Exception e) {
            throw new IOException("The HTTP server did not stop cleanly: " + e.getMessage(), e);
        }
        log.info("stopped within {} ms", Duration.between(begin, Instant.now()).toMillis());
    }

    private String cannotListen(IOException failure) {
        String where = listen.getHostString() + ":" + listen.getPort();
        if (listen.isUnresolved()) {
            return "Cannot listen on " + where + ": the name \"" + listen.getHostString()
                    + "\" has no address. Give an address of this machine with --listen HOST:PORT.";
        }
        Throwable cause = failure.getCause() instanceof BindException bind ? bind : failure;
        String reason = String.valueOf(cause.getMessage());
        if (reason.contains("already in use")) {
            return "Cannot listen on " + where + ": another program listens there. Stop it (\"ss -ltnp sport = :"
                    + listen.getPort() + "\" names it), or choose another port with --listen HOST:PORT.";
        }
        if (reason.contains("Permission denied")) {
            return "Cannot listen on " + where
                    + ": ports below 1024 need root. Choose another with --listen HOST:PORT.";
        }
        return "Cannot listen on " + where + ": " + reason
                + ". Give an address of this machine with --listen HOST:PORT.";
    }
}

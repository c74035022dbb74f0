package dev.execlaw.gateway;

import dev.execlaw.gateway.GuestConnector.Listening;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The gateway as one Jetty server: every session has a Unix socket of its own, all share one selector. */
public final class JettyGateway implements Gateway {

    private static final Logger LOG = LoggerFactory.getLogger(JettyGateway.class);

    /** {@code sun_path} of Linux holds 108 bytes, the last of them NUL: unix(7). */
    private static final int LONGEST_PATH = 107;

    private static final long IDLE_MS = 60_000;
    private static final long STOP_MS = 2_000;
    /** A person waits for it. */
    private static final Duration PROBE = Duration.ofSeconds(10);
    /** How long a request waits for the memory of others. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Server server;
    private final Upstream upstream;
    private final GuestConnector connector;
    private final GatewaySettings settings;
    private final ModelCatalog catalog;
    private final Map<String, Call.Target> targets = new HashMap<>();
    private final Refusals refusals = new Refusals();
    private final Map<String, OpenSession> sessions = new ConcurrentHashMap<>();
    private final Map<String, Listening> sockets = new ConcurrentHashMap<>();

    private JettyGateway(Providers providers, GatewaySettings settings, Supplier<SslContextFactory.Client> tls) {
        this.settings = settings;
        this.upstream = new Upstream(settings, tls);
        this.catalog = new ModelCatalog(providers, new ModelLists(upstream), InstantSource.system());
        VirtualThreadPool threads = new VirtualThreadPool(0);
        threads.setName("gateway");
        this.server = new Server(threads);
        HttpConfiguration http = new HttpConfiguration();
        http.setRequestHeaderSize(settings.maxHeaderBytes());
        http.setSendServerVersion(false);
        this.connector =
                new GuestConnector(server, new HttpConnectionFactory(http), settings.connectionsPerSession(), refusals);
        connector.setIdleTimeout(IDLE_MS);
        GuestDeadlines deadlines = new GuestDeadlines(connector.getScheduler(), settings.requestTime(), refusals);
        connector.addBean(deadlines);
        server.addConnector(connector);
        server.setStopTimeout(0);
        ErrorHandler errors = new ErrorHandler() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws Exception {
                refusals.count(Refusals.BAD_HTTP);
                return super.handle(request, response, callback);
            }
        };
        errors.setShowStacks(false);
        errors.setShowCauses(false);
        server.setErrorHandler(errors);
        for (ProviderSettings provider : providers.list()) {
            targets.put(provider.id(), new Call.Target(provider(provider), provider.needsKey(), catalog));
        }
        server.setHandler(new GatewayHandler(
                settings,
                sessions,
                id -> Optional.ofNullable(targets.get(id)),
                refusals,
                deadlines,
                new Room(settings.roomBytes(), PATIENCE)));
    }

    /** A gateway that runs. */
    public static JettyGateway start(Providers providers, GatewaySettings settings) {
        return start(providers, settings, SslContextFactory.Client::new);
    }

    /**
     * @param tls whom to trust
     */
    static JettyGateway start(Providers providers, GatewaySettings settings, Supplier<SslContextFactory.Client> tls) {
        JettyGateway gateway = new JettyGateway(providers, settings, tls);
        try {
            gateway.server.start();
            return gateway;
        } catch (Exception e) {
            gateway.close();
            throw new IllegalStateException("the gateway does not start: " + e.getMessage(), e);
        }
    }

    /** The models of its providers; usable as long as it runs. */
    public ModelCatalog catalog() {
        return catalog;
    }

    /** What asks providers whether they take a key. */
    public KeyProbe keyProbe() {
        return new KeyProbe(upstream, PROBE);
    }

    private Provider provider(ProviderSettings provider) {
        return switch (provider.kind()) {
            case DEMO -> new DemoProvider();
            case OPENAI_COMPATIBLE -> new OpenAiCompatible(upstream, url(provider));
            case OPENROUTER -> new OpenRouter(upstream, url(provider));
            case ANTHROPIC -> new Anthropic(upstream, url(provider));
        };
    }

    private static String url(ProviderSettings provider) {
        return Objects.requireNonNull(provider.baseUrl(), "baseUrl");
    }

    @Override
    public SocketAddress open(GatewaySession session, SocketAddress address) {
        if (address instanceof UnixDomainSocketAddress unix) {
            requireShort(unix.getPath());
        }
        OpenSession open = new OpenSession(session, address, settings.callsPerSession());
        if (sessions.putIfAbsent(session.id(), open) != null) {
            throw new IllegalStateException("session " + session.id() + " is open already");
        }
        try {
            Listening listening = listen(address);
            open.bound(listening.address());
            sockets.put(session.id(), listening);
            return listening.address();
        } catch (IOException e) {
            close(session.id());
            throw new UncheckedIOException("cannot listen on " + address + ": " + e.getMessage(), e);
        }
    }

    private static void requireShort(Path path) {
        int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > LONGEST_PATH) {
            throw new IllegalArgumentException("socket path " + path + " has " + length + " bytes; the limit is "
                    + LONGEST_PATH + ": use a shorter data directory");
        }
    }

    private Listening listen(SocketAddress address) throws IOException {
        if (!(address instanceof UnixDomainSocketAddress unix)) {
            return connector.listen(address);
        }
        Files.deleteIfExists(unix.getPath());
        Listening listening = connector.listen(unix);
        Files.setPosixFilePermissions(unix.getPath(), PosixFilePermissions.fromString("rw-------"));
        return listening;
    }

    @Override
    public void close(String session) {
        OpenSession open = sessions.remove(session);
        if (open != null) {
            open.close();
        }
        Listening listening = sockets.remove(session);
        if (listening != null) {
            shut(listening);
        }
    }

    private void shut(Listening listening) {
        try {
            listening.close();
            connector.disconnect(listening.address());
            if (listening.address() instanceof UnixDomainSocketAddress unix) {
                Files.deleteIfExists(unix.getPath());
            }
        } catch (IOException e) {
            LOG.warn("cannot remove gateway socket {}", listening.address(), e);
        }
    }

    @Override
    public void interrupt(String session) {
        OpenSession open = sessions.get(session);
        if (open != null) {
            open.interrupt();
        }
    }

    @Override
    public void resume(String session) {
        OpenSession open = sessions.get(session);
        if (open != null) {
            open.resume();
        }
    }

    @Override
    public Map<String, Long> refusals() {
        return refusals.all();
    }

    @Override
    public void close() {
        List.copyOf(sessions.keySet()).forEach(this::close);
        List.copyOf(sockets.keySet()).forEach(name -> {
            Listening listening = sockets.remove(name);
            if (listening != null) {
                shut(listening);
            }
        });
        server.setStopTimeout(STOP_MS);
        LifeCycle.stop(server);
        upstream.stop();
    }
}

package dev.execlaw.gateway;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Accepts guests on any number of sockets, Unix or TCP, that come and go, with one selector for all: an idle session costs
 * one listening socket and no thread. (Jetty's own connectors have one address each, and threads for it.)
 */
final class GuestConnector extends AbstractConnector {

    private static final int BACKLOG = 64;
    private static final int LETS_GO_S = 10;

    private final int connectionsPerAddress;
    private final Map<SocketAddress, Arrivals> arrivals = new ConcurrentHashMap<>();
    private final SelectorManager selectors;
    private final Refusals refusals;

    GuestConnector(Server server, HttpConnectionFactory http, int connectionsPerAddress, Refusals refusals) {
        super(server, null, null, null, 0, http);
        this.refusals = refusals;
        this.connectionsPerAddress = connectionsPerAddress;
        this.selectors = new GuestSelectors();
        installBean(selectors, true);
    }

    /** A socket that accepts until it is closed. Its connections live on; {@link #disconnect} ends them. */
    record Listening(SocketAddress address, ServerSocketChannel channel, Closeable acceptor, ManagedSelector selector)
            implements Closeable {

        /** The address is free when this returns: a closed channel goes on listening until its selector lets go of it. */
        @Override
        public void close() throws IOException {
            CompletableFuture<Boolean> free = new CompletableFuture<>();
            acceptor.close();
            selector.submit(all -> {
                try {
                    channel.close();
                    all.selectNow(_ -> {}); // who is ready is found ready again by the next one
                    free.complete(true);
                } catch (IOException e) {
                    free.completeExceptionally(e);
                }
            });
            try {
                free.get(LETS_GO_S, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                throw new IOException("the selector did not let go of " + address + " within " + LETS_GO_S + " s", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while " + address + " was being freed");
            }
        }
    }

    /** Binds and begins to accept. */
    Listening listen(SocketAddress address) throws IOException {
        ServerSocketChannel channel = address instanceof UnixDomainSocketAddress
                ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                : ServerSocketChannel.open();
        try {
            channel.bind(address, BACKLOG);
            channel.configureBlocking(false);
            SocketAddress bound = Objects.requireNonNull(channel.getLocalAddress(), "bound address");
            return new Listening(
                    bound,
                    channel,
                    selectors.acceptor(channel),
                    Objects.requireNonNull(selectors.getBean(ManagedSelector.class), "selector"));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Cuts all connections that came in at this address. */
    void disconnect(SocketAddress address) {
        for (EndPoint endPoint : List.copyOf(getConnectedEndPoints())) {
            if (endPoint instanceof GuestEndPoint guest && guest.arrivals.address.equals(address)) {
                guest.close();
            }
        }
        arrivals.remove(address);
    }

    @Override
    protected void accept(int acceptor) {
        throw new IllegalStateException("acceptors are registered with the selector");
    }

    @Override
    public @Nullable Object getTransport() {
        return null;
    }

    /** Connections of one address. A closed channel does not tell its address any more, so each remembers this. */
    private record Arrivals(SocketAddress address, AtomicInteger open) {}

    private static final class GuestEndPoint extends SocketChannelEndPoint {
        private final Arrivals arrivals;

        GuestEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
            super(channel, selector, key, scheduler);
            this.arrivals = (Arrivals) key.attachment();
        }
    }

    private final class GuestSelectors extends SelectorManager {

        GuestSelectors() {
            super(GuestConnector.this.getExecutor(), GuestConnector.this.getScheduler(), 1);
        }

        @Override
        protected void accepted(SelectableChannel channel) throws IOException {
            SocketChannel guest = (SocketChannel) channel;
            guest.configureBlocking(false);
            SocketAddress address = guest.getLocalAddress();
            if (address == null) {
                guest.close();
                return;
            }
            Arrivals here = arrivals.computeIfAbsent(address, a -> new Arrivals(a, new AtomicInteger()));
            if (here.open.incrementAndGet() > connectionsPerAddress) {
                here.open.decrementAndGet();
                refusals.count(Refusals.CONNECTIONS);
                guest.close();
                return;
            }
            accept(guest, here);
        }

        @Override
        protected EndPoint newEndPoint(SelectableChannel channel, ManagedSelector selector, SelectionKey key) {
            SocketChannelEndPoint endPoint = new GuestEndPoint((SocketChannel) channel, selector, key, getScheduler());
            endPoint.setIdleTimeout(getIdleTimeout());
            return endPoint;
        }

        @Override
        public Connection newConnection(SelectableChannel channel, EndPoint endPoint, Object attachment) {
            return getDefaultConnectionFactory().newConnection(GuestConnector.this, endPoint);
        }

        @Override
        protected void endPointOpened(EndPoint endPoint) {
            super.endPointOpened(endPoint);
            onEndPointOpened(endPoint);
        }

        @Override
        protected void endPointClosed(EndPoint endPoint) {
            onEndPointClosed(endPoint);
            ((GuestEndPoint) endPoint).arrivals.open.decrementAndGet();
            super.endPointClosed(endPoint);
        }
    }
}

package dev.execlaw.exec;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.PublicKey;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.jspecify.annotations.Nullable;

/**
 * The way into one running machine: one connection for all its commands, made when it is needed, kept for a while, made
 * again when it broke. Any thread may use it; the lock is never held while calling out.
 */
public final class GuestShell implements AutoCloseable {

    private static final String USER = "root";

    /** Below MaxSessions of the guest's sshd, which the commands that kill need too. */
    private static final int PARALLEL = 32;

    private static final AttributeRepository.AttributeKey<Greeting> GREETING = new AttributeRepository.AttributeKey<>();

    private final String name;
    private final Door door;
    private final Clients clients;
    private final Patience patience;
    private final Semaphore places = new Semaphore(PARALLEL);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Object lock = new Object();
    private @Nullable CompletableFuture<ClientSession> connection;
    private int users;
    private long uses;

    GuestShell(String name, Door door, Clients clients, Patience patience) {
        this.name = name;
        this.door = door;
        this.clients = clients;
        this.patience = patience;
    }

    /** Where the client comes from. */
    @FunctionalInterface
    interface Clients {
        SshClient client() throws IOException;
    }

    /**
     * How long is waited for what.
     *
     * @param connect for the guest's sshd to let us in; it may still be on its way up
     * @param again between two tries
     * @param channel for a command to begin, and for a killed one to be gone
     * @param idle until a connection that nobody uses is closed
     */
    record Patience(Duration connect, Duration again, Duration channel, Duration idle) {
        static final Patience DEFAULT = new Patience(
                Duration.ofSeconds(30), Duration.ofMillis(200), Duration.ofSeconds(15), Duration.ofMinutes(1));
    }

    /** What a server must show, and whether it has shown another key. */
    private static final class Greeting {
        private final HostKey wanted;

        // Set by the client's thread, read by the one that connects.
        private volatile boolean stranger;

        private Greeting(HostKey wanted) {
            this.wanted = wanted;
        }
    }

    /** Whether the server of a connection has shown the one key that it must. */
    static boolean verify(ClientSession session, SocketAddress address, PublicKey shown) {
        AttributeRepository context = session.getConnectionContext();
        Greeting greeting = context == null ? null : context.getAttribute(GREETING);
        if (greeting == null) {
            return false;
        }
        greeting.stranger = !greeting.wanted.is(shown);
        return !greeting.stranger;
    }

    /**
     * Runs a command to its end or its timeout.
     *
     * @throws ProblemException {@code EXEC_FAILED} when the guest lets nobody in, or is gone before the command's end;
     *     {@code EXEC_UNAVAILABLE} when the machine has no way in; {@code RATE_LIMIT} when too many run
     */
    public ExecResult run(ExecCommand command, ExecOutput output) throws InterruptedException {
        if (!places.tryAcquire()) {
            throw new ProblemException(
                    ErrorCode.RATE_LIMIT,
                    PARALLEL + " commands run in the machine of session " + name + ", which is the limit",
                    "wait until one of them has ended");
        }
        try (Stay _ = door.stay().get()) {
            enter();
            try {
                return begin(session -> Execution.begin(session, command, patience.channel()))
                        .run(output);
            } finally {
                leave();
            }
        } catch (IOException e) {
            throw failed(e.getMessage() == null ? e.toString() : e.getMessage(), e);
        } finally {
            places.release();
        }
    }

    /**
     * Begins a command that is spoken with, for a shell. The guest counts as used until the dialogue is closed.
     *
     * @throws ProblemException as {@link #run} does
     */
    public Dialogue dialogue(String command) throws InterruptedException {
        Stay stay = door.stay().get();
        AtomicBoolean entered = new AtomicBoolean();
        Runnable left = () -> {
            if (entered.getAndSet(false)) {
                leave();
                stay.close();
            }
        };
        boolean begun = false;
        try {
            enter();
            entered.set(true);
            Dialogue dialogue = begin(session -> Dialogue.begin(session, command, patience.channel(), left));
            begun = true;
            return dialogue;
        } catch (IOException e) {
            throw failed(e.getMessage() == null ? e.toString() : e.getMessage(), e);
        } finally {
            if (!begun && entered.get()) {
                left.run();
            } else if (!begun) {
                stay.close();
            }
        }
    }

    /** What is begun on a connection. */
    @FunctionalInterface
    private interface Beginning<T> {
        T on(ClientSession session) throws IOException;
    }

    /** Begins something; on a connection that turns out to be dead, once more on a new one. */
    private <T> T begin(Beginning<T> beginning) throws IOException, InterruptedException {
        ClientSession session = connected();
        try {
            return beginning.on(session);
        } catch (IOException e) {
            if (session.isOpen() || closed.getCount() == 0) {
                throw e;
            }
            return beginning.on(connected());
        }
    }

    private ClientSession connected() throws IOException, InterruptedException {
        CompletableFuture<ClientSession> mine = null;
        CompletableFuture<ClientSession> known;
        synchronized (lock) {
            known = connection;
            if (known == null || (known.isDone() && !usable(known))) {
                mine = new CompletableFuture<>();
                known = mine;
                connection = mine;
            }
        }
        if (mine != null) {
            try {
                mine.complete(connect());
            } catch (IOException | InterruptedException | RuntimeException e) {
                mine.completeExceptionally(e);
                throw e;
            }
        }
        try {
            return known.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ProblemException problem) {
                throw new ProblemException(
                        problem.problem().code(),
                        problem.problem().detail(),
                        problem.problem().next(),
                        e);
            }
            throw new IOException(
                    e.getCause() == null ? e.getMessage() : e.getCause().getMessage(), e);
        }
    }

    private static boolean usable(CompletableFuture<ClientSession> known) {
        return !known.isCompletedExceptionally() && known.join().isOpen();
    }

    /** Tries until the guest's sshd lets us in: it starts beside the agent, and QEMU's forwarding takes anybody. */
    private ClientSession connect() throws IOException, InterruptedException {
        long until = System.nanoTime() + patience.connect().toNanos();
        while (true) {
            Greeting greeting = new Greeting(door.hostKey());
            try {
                return connect(greeting, until);
            } catch (IOException e) {
                if (greeting.stranger) {
                    throw failed("its sshd shows another host key than the machine did at its birth", e);
                }
                if (System.nanoTime() >= until) {
                    throw failed(
                            "its sshd let nobody in within "
                                    + patience.connect().toMillis() + " ms: " + e.getMessage(),
                            e);
                }
            }
            if (closed.await(patience.again().toNanos(), TimeUnit.NANOSECONDS)) {
                throw new IOException("the machine has ended");
            }
        }
    }

    private ClientSession connect(Greeting greeting, long until) throws IOException {
        InetSocketAddress address = door.address()
                .get()
                .orElseThrow(() -> new ProblemException(
                        ErrorCode.EXEC_UNAVAILABLE,
                        "the network card of session " + name + "'s machine has no way in",
                        "use the console or the agent"));
        AttributeRepository context = AttributeRepository.ofKeyValuePair(GREETING, greeting);
        ClientSession session = clients.client()
                .connect(USER, address, context)
                .verify(left(until))
                .getClientSession();
        boolean done = false;
        try {
            session.addPublicKeyIdentity(door.key().pair());
            session.auth().verify(left(until));
            done = true;
            return session;
        } finally {
            if (!done) {
                session.close(true);
            }
        }
    }

    private static Duration left(long until) {
        return Duration.ofNanos(Math.max(TimeUnit.MILLISECONDS.toNanos(1), until - System.nanoTime()));
    }

    private void enter() throws IOException {
        synchronized (lock) {
            if (closed.getCount() == 0) {
                throw new IOException("the machine has ended");
            }
            users++;
            uses++;
        }
    }

    private void leave() {
        long last;
        synchronized (lock) {
            users--;
            last = uses;
        }
        CompletableFuture.delayedExecutor(patience.idle().toNanos(), TimeUnit.NANOSECONDS)
                .execute(() -> closeIfUnusedSince(last));
    }

    private void closeIfUnusedSince(long use) {
        CompletableFuture<ClientSession> unused = null;
        synchronized (lock) {
            if (users == 0 && uses == use) {
                unused = connection;
                connection = null;
            }
        }
        drop(unused);
    }

    private static void drop(@Nullable CompletableFuture<ClientSession> connection) {
        if (connection != null) {
            var _ = connection.thenAccept(session -> session.close(true));
        }
    }

    /** The machine ends, or is let go: closes the connection under whatever runs. */
    @Override
    public void close() {
        CompletableFuture<ClientSession> last;
        synchronized (lock) {
            closed.countDown();
            last = connection;
        }
        drop(last);
    }

    private ProblemException failed(String why, Exception cause) {
        return new ProblemException(
                ErrorCode.EXEC_FAILED,
                "the machine of session " + name + " cannot run the command: " + why,
                "see that its sshd runs (systemctl status ssh.socket) and its host key is the one it was born with",
                cause);
    }
}

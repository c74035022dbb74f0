package dev.execlaw.session;

import dev.execlaw.agent.AgentAdapter;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.host.Pressure;
import dev.execlaw.host.Victims.Victim;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.problem.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Machines that are made ahead, with their agents at their prompts, so that a session starts at once. They are for
 * sessions like the last ones; before there are any, for those that ask for nothing special. When sessions come faster than
 * it fills it holds twice as many for a while. Any thread may use it.
 */
final class Pool implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Pool.class);
    private static final Duration RETRY = Duration.ofSeconds(30);
    private static final Duration HURRY = Duration.ofSeconds(20);
    private static final Duration LOOK = Duration.ofSeconds(2);

    private final SessionParts parts;
    private final Supplier<String> ids;
    private final int size;
    private final Semaphore nudges = new Semaphore(0);

    // All below is guarded by this.
    private final List<Pooled> members = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private @Nullable SessionSettings wanted;
    private @Nullable SessionSettings last;
    private Pressure.Level pressure = Pressure.Level.NONE;
    private long notBefore = System.nanoTime();
    private long hurryUntil = System.nanoTime();
    private @Nullable Thread keeper;

    /**
     * An empty pool that is not kept full yet.
     *
     * @param ids makes session ids
     * @param size machines that are kept ready; 0 for none
     */
    Pool(SessionParts parts, Supplier<String> ids, int size) {
        this.parts = parts;
        this.ids = ids;
        // A user-mode network card finds its gateway when the VMM starts, and the gateway knows sessions only.
        this.size = parts.host().network().mode() == HostNetwork.Mode.TAP ? size : 0;
    }

    /** Begins to keep it full. */
    synchronized void open() {
        if (size > 0) {
            keeper = Thread.ofVirtual().name("pool").start(this::keep);
        }
    }

    /** Whether a machine of that id is here, or has not quite left; ask for sessions before. */
    synchronized boolean has(String id) {
        return names.contains(id);
    }

    /**
     * A machine for a new session, ready or nearly so.
     *
     * @param origin what that session would start from by itself
     * @return one that {@link #has} knows until it is {@link #forget forgotten}
     */
    synchronized Optional<Origin.Pool> claim(SessionSettings settings, Origin origin) {
        if (keeper == null || !(origin instanceof Origin.Clone from)) {
            return Optional.empty();
        }
        SessionSettings kind = Pooled.kind(settings);
        if (kind.equals(last) || members.isEmpty()) {
            wanted = kind; // twice in a row: the next one will be so too
        }
        last = kind;
        Optional<Pooled> oldest =
                members.stream().filter(member -> member.fits(kind, from)).findFirst();
        oldest.ifPresent(members::remove);
        if (kind.equals(wanted) && !oldest.map(Pooled::waits).orElse(false)) {
            hurryUntil = System.nanoTime() + HURRY.toNanos();
        }
        nudges.release();
        return oldest.map(member -> new Origin.Pool(member, from));
    }

    /** A machine that was claimed is a session's now, or nothing is left of it. */
    synchronized void forget(Pooled machine) {
        names.remove(machine.id());
    }

    private void keep() {
        try {
            while (true) {
                try {
                    fill();
                } catch (RuntimeException e) {
                    LOG.error("the pool is not full; the next try follows", e);
                    rest();
                }
                boolean _ = nudges.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS);
                nudges.drainPermits();
            }
        } catch (InterruptedException e) {
            LOG.debug("the pool closes");
        }
    }

    private void fill() {
        Optional<Stock> stock = stock();
        unwanted(stock).forEach(this::giveUp);
        while (stock.isPresent() && lacking()) {
            if (!begin(stock.get())) {
                rest();
            }
        }
    }

    /** What the pool is filled with. */
    private record Stock(SessionSettings kind, Origin.Clone origin, AgentAdapter agent) {}

    /** Empty where nobody can be cloned now; then a template may be on its way. */
    private Optional<Stock> stock() {
        Optional<SessionSettings> kind = kind();
        Optional<Image> image = kind.flatMap(wish -> parts.images().byId(wish.image()));
        if (image.isEmpty()) {
            return Optional.empty();
        }
        AgentAdapter agent =
                parts.agents().find(kind.get().agent(), image.get().agent()).orElseThrow();
        return Starts.origin(parts, kind.get(), image.get(), agent) instanceof Origin.Clone clone
                ? Optional.of(new Stock(kind.get(), clone, agent))
                : Optional.empty();
    }

    private synchronized Optional<SessionSettings> kind() {
        return Optional.ofNullable(wanted).or(this::usual);
    }

    private synchronized List<Pooled> unwanted(Optional<Stock> stock) {
        List<Pooled> fitting = members.stream()
                .filter(member -> stock.isPresent()
                        && member.fits(stock.get().kind(), stock.get().origin()))
                .limit(target())
                .toList();
        return members.stream().filter(member -> !fitting.contains(member)).toList();
    }

    private synchronized int target() {
        return System.nanoTime() - hurryUntil < 0 ? 2 * size : size;
    }

    private synchronized boolean lacking() {
        return pressure == Pressure.Level.NONE && members.size() < target() && System.nanoTime() - notBefore >= 0;
    }

    /** Nothing is made for a while. */
    private synchronized void rest() {
        notBefore = System.nanoTime() + RETRY.toNanos();
    }

    /** What a session is that asks for nothing special. */
    private Optional<SessionSettings> usual() {
        SessionDefaults defaults = parts.defaults();
        return parts.images()
                .current()
                .map(image -> Pooled.kind(new SessionSettings(
                        "",
                        defaults.provider(),
                        defaults.model(),
                        defaults.agent(),
                        image.id(),
                        image.agent().kind(),
                        defaults.vcpus(),
                        defaults.memoryMiB(),
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null)));
    }

    private boolean begin(Stock stock) {
        String id = ids.get();
        try {
            if (!parts.host()
                    .capacity()
                    .reserveIfFree(id, stock.origin().demand(stock.kind().memoryMiB()))) {
                return false;
            }
        } catch (ProblemException e) {
            LOG.info("no machine is made ahead: {}", e.getMessage());
            return false;
        }
        Pooled member = new Pooled(parts, id, stock.kind(), stock.origin());
        synchronized (this) {
            names.add(id);
            members.add(member);
        }
        member.begin(stock.agent());
        return true;
    }

    /** Ends one that no session has claimed. */
    private void giveUp(Pooled member) {
        synchronized (this) {
            if (!members.remove(member)) {
                return;
            }
        }
        if (member.failed().isDone()) {
            LOG.warn("{} has failed", member);
            rest();
        }
        var _ = member.gone().whenComplete((_, failure) -> {
            if (failure != null) {
                LOG.warn("{} left something on the host; it is in the ledger", member, failure);
            }
            forget(member);
        });
        member.discard();
    }

    /** One of them is to make room for others; empty where there is none. */
    Optional<Victim> giveUpOne() {
        Pooled member;
        synchronized (this) {
            if (members.isEmpty()) {
                return Optional.empty();
            }
            member = members.getLast();
        }
        rest();
        giveUp(member);
        return Optional.of(new Victim(member.id(), member.gone()));
    }

    /** How short the host is of memory or disk: none is made when it is, and all are given up when it is severe. */
    void pressure(Pressure.Level level) {
        List<Pooled> all;
        synchronized (this) {
            pressure = level;
            all = level == Pressure.Level.SEVERE ? List.copyOf(members) : List.of();
        }
        all.forEach(this::giveUp);
    }

    /** Ends them all, and returns when nothing of them is left. */
    @Override
    public void close() {
        Thread keeping;
        synchronized (this) {
            keeping = keeper;
            keeper = null;
        }
        if (keeping == null) {
            return;
        }
        keeping.interrupt();
        try {
            keeping.join();
            List<Pooled> all;
            synchronized (this) {
                all = List.copyOf(members);
            }
            all.forEach(this::giveUp);
            CompletableFuture.allOf(all.stream().map(Pooled::gone).toArray(CompletableFuture[]::new))
                    .get(parts.timings().answer().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("not all machines of the pool have ended: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

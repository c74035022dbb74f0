package dev.execlaw.host;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions that are giving way now, whoever asked them to. Any thread may use it; none holds a lock while it waits.
 */
public final class Evictions {

    private static final Logger LOG = LoggerFactory.getLogger(Evictions.class);

    private final Map<String, CompletableFuture<String>> underWay = new ConcurrentHashMap<>();

    // Set once, when there are sessions; the parts that ask are made before.
    private volatile Victims victims = Victims.NONE;

    /** Tells who can give way; nobody before. */
    public void from(Victims source) {
        victims = source;
    }

    /**
     * Begins to hibernate one more session.
     *
     * @return completes with its id when its memory is free, exceptionally when it runs on; empty when nothing is idle
     */
    public Optional<CompletableFuture<String>> begin(String why) {
        return victims.hibernateLeastRecentlyUsed(why).map(this::follow);
    }

    private CompletableFuture<String> follow(Victims.Victim victim) {
        String session = victim.session();
        CompletableFuture<String> gone = new CompletableFuture<>();
        underWay.put(session, gone);
        var _ = victim.gone().whenComplete((_, failure) -> {
            underWay.remove(session);
            if (failure == null) {
                gone.complete(session);
            } else {
                LOG.warn("session {} was to give way and runs on", session, failure);
                gone.completeExceptionally(failure);
            }
        });
        return gone;
    }

    /** How many are giving way. */
    public int underWay() {
        return underWay.size();
    }

    /**
     * Has one session give way, one more or else one that does already, and waits until its memory is free.
     *
     * @return false when nothing is idle and none is giving way
     * @throws ExecutionException when it runs on
     * @throws TimeoutException when it is still there after that time
     */
    boolean await(String why, Duration time) throws InterruptedException, ExecutionException, TimeoutException {
        Optional<CompletableFuture<String>> chosen =
                begin(why).or(() -> underWay.values().stream().findAny());
        if (chosen.isEmpty()) {
            return false;
        }
        chosen.get().get(Math.max(1, time.toMillis()), TimeUnit.MILLISECONDS);
        return true;
    }
}

package dev.execlaw.host;

import dev.execlaw.microvm.template.Template;
import dev.execlaw.microvm.template.TemplateException;
import dev.execlaw.microvm.template.TemplateKey;
import dev.execlaw.microvm.template.TemplateOrder;
import dev.execlaw.microvm.template.TemplateStore;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The templates that this server clones machines from. One that is missing is built beside everything else, one that an
 * earlier life left is checked before its first use; machines boot meanwhile. One build or check at a time. Any thread
 * may use it.
 */
public final class Templates implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Templates.class);
    private static final Duration RETRY = Duration.ofMinutes(10);
    private static final Duration END = Duration.ofSeconds(30);

    private final TemplateStore store;
    private final String signature;
    private final Capacity capacity;
    private final Building building;
    private final Predicate<Template> inUse;
    private final InstantSource clock;
    private final ExecutorService worker = Executors.newSingleThreadExecutor(
            Thread.ofVirtual().name("templates").factory());

    /** All below is guarded by itself as the lock of all three. */
    private final Map<TemplateKey, String> underWay = new HashMap<>();

    private final Map<TemplateKey, Failure> failures = new HashMap<>();
    private final Set<Template> checked = new HashSet<>();

    /**
     * Templates of a store.
     *
     * @param signature the driver's
     * @param inUse whether a session's machine, running or saved, lies on a template
     */
    public Templates(
            TemplateStore store,
            String signature,
            Capacity capacity,
            Building building,
            Predicate<Template> inUse,
            InstantSource clock) {
        this.store = store;
        this.signature = signature;
        this.capacity = capacity;
        this.building = building;
        this.inUse = inUse;
        this.clock = clock;
    }

    /** Builds a template, or finds it. */
    @FunctionalInterface
    public interface Building {

        /** As {@link dev.execlaw.microvm.template.TemplateBuilder#build}. */
        Template build(TemplateOrder order) throws IOException, InterruptedException;
    }

    private record Failure(String reason, Instant retryAt) {}

    /** How a new machine is to start. */
    public sealed interface Choice {

        /** As a clone of this template; ask {@link TemplateStore#isThere} when its use is written down. */
        record Clone(Template template) implements Choice {}

        /**
         * By booting.
         *
         * @param reason why, in plain words, for the session's timeline
         */
        record Boot(String reason) implements Choice {}
    }

    /**
     * How a new machine of this kind is to start. Returns at once; where there is no template that can be used, its build
     * or check begins.
     */
    public Choice forNew(TemplateOrder order) {
        TemplateKey key = order.key(signature);
        Optional<Template> found;
        try {
            found = store.find(key);
        } catch (IOException e) {
            return new Choice.Boot("the templates in " + store.directory() + " cannot be read: " + e.getMessage());
        }
        synchronized (underWay) {
            if (found.isPresent() && checked.contains(found.get())) {
                return new Choice.Clone(found.get());
            }
            String doing = underWay.get(key);
            if (doing != null) {
                return new Choice.Boot(doing);
            }
            Failure failure = failures.get(key);
            if (failure != null && clock.instant().isBefore(failure.retryAt())) {
                return new Choice.Boot("its template could not be built: " + failure.reason()
                        + "; it is tried again with the first session after " + failure.retryAt());
            }
            String beginning = found.isPresent() ? "its template is being checked" : missing(key);
            try {
                underWay.put(key, beginning);
                worker.execute(() -> make(order, key));
            } catch (RejectedExecutionException _) {
                underWay.remove(key);
                return new Choice.Boot("the server is stopping, and begins no template");
            }
            return new Choice.Boot(beginning);
        }
    }

    /** Looked up under the lock, but only when something begins. */
    private String missing(TemplateKey key) {
        String rest = "; its template is being built in the background";
        try {
            boolean outdated = store.list().stream()
                    .map(Template::key)
                    .anyMatch(other -> other.image().equals(key.image())
                            && !other.signature().equals(key.signature()));
            return (outdated
                            ? "the VMM or the host's kernel has changed since templates of the image were made"
                            : "the image has no template of this shape yet")
                    + rest;
        } catch (IOException e) {
            return "the templates cannot be listed (" + e.getMessage() + ")" + rest;
        }
    }

    private void make(TemplateOrder order, TemplateKey key) {
        String reservation = "template-" + key.id();
        try {
            Optional<Template> sound = sound(key);
            if (sound.isEmpty()) {
                say(key, "its template is being built in the background");
                capacity.reserve(reservation, order.memoryMiB());
                sound = Optional.of(building.build(order));
                LOG.info("template {} of image {} is ready", sound.get().name(), key.image());
            }
            done(key, sound.get());
        } catch (IOException | ProblemException e) {
            LOG.warn("no template of image {}: {}", key.image(), e.getMessage());
            failed(key, String.valueOf(e.getMessage()));
        } catch (InterruptedException _) {
            failed(key, "the server was stopped while it was built");
        } catch (RuntimeException e) {
            LOG.error("no template of image {}", key.image(), e);
            failed(key, String.valueOf(e.getMessage()));
        } finally {
            capacity.release(reservation);
        }
    }

    /** The one that is there, if its content is what it was; a damaged one goes as soon as nothing lies on it. */
    private Optional<Template> sound(TemplateKey key) throws IOException, InterruptedException {
        for (Optional<Template> found = store.find(key); found.isPresent(); found = store.find(key)) {
            Template template = found.get();
            Optional<String> damage = store.verify(template);
            if (damage.isEmpty()) {
                return found;
            }
            LOG.warn("template {} is damaged and is discarded: {}", template.name(), damage.get());
            if (!inUse.test(template)) {
                discard(template);
            }
        }
        return Optional.empty();
    }

    private void discard(Template template) throws IOException {
        try {
            store.remove(template, inUse);
        } catch (TemplateException e) {
            LOG.info("template {} stays for now: {}", template.name(), e.getMessage());
        }
    }

    private void say(TemplateKey key, String doing) {
        synchronized (underWay) {
            underWay.put(key, doing);
        }
    }

    private void done(TemplateKey key, Template template) {
        synchronized (underWay) {
            underWay.remove(key);
            failures.remove(key);
            checked.add(template);
        }
    }

    private void failed(TemplateKey key, String reason) {
        synchronized (underWay) {
            underWay.remove(key);
            failures.put(key, new Failure(reason, clock.instant().plus(RETRY)));
        }
    }

    /**
     * Removes templates that no new machine is cloned from any more, and says which.
     *
     * @param imageThere whether there is an image of that id
     */
    public List<String> collect(Predicate<String> imageThere) throws IOException {
        return store.collect(key -> key.signature().equals(signature) && imageThere.test(key.image()), inUse);
    }

    /** Calls off what is under way, and returns when nothing of it is left. */
    @Override
    public void close() {
        worker.shutdownNow();
        try {
            if (!worker.awaitTermination(END.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException(
                        "a template's build was called off and has not ended after " + END.toSeconds() + " s");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.execlaw.microvm.image;

import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.image.recipe.BuildOptions;
import dev.execlaw.microvm.image.recipe.Digests;
import dev.execlaw.microvm.image.recipe.Recipe;
import dev.execlaw.microvm.image.recipe.Step;
import dev.execlaw.microvm.image.recipe.Workshop;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Builds images into a store. A build works in a private directory below {@code work/}; what a killed build left there
 * is swept by the next. An image appears in the store only when it is whole and has passed its checks.
 */
public final class ImageBuilder {

    /** Part of every fingerprint: raised when the same inputs give another image because this code has changed. */
    private static final String VERSION = "1";

    private static final Duration LOCK_WAIT = Duration.ofMinutes(30);
    private static final long ROOM = 3L << 30;

    private final ImageStore store;
    private final Progress progress;
    private final long room;

    public ImageBuilder(ImageStore store, Progress progress) {
        this(store, progress, ROOM);
    }

    /**
     * A builder.
     *
     * @param room bytes that must be free before a build begins
     */
    ImageBuilder(ImageStore store, Progress progress, long room) {
        this.store = store;
        this.progress = progress;
        this.room = room;
    }

    /**
     * The image of this recipe and these options: one that is there already, or a new one.
     *
     * @param fresh build even if one with the same inputs is there, for newer packages
     */
    public Image build(Recipe recipe, BuildOptions options, boolean fresh) throws IOException, InterruptedException {
        List<Step> steps = recipe.steps(options);
        SortedMap<String, String> inputs = inputs(recipe, steps);
        String fingerprint = Digests.sha256(inputs.toString().getBytes(StandardCharsets.UTF_8));
        Optional<Image> there = fresh ? Optional.empty() : store.withFingerprint(fingerprint);
        if (there.isPresent()) {
            sweepIfIdle();
            return renewed(there.get());
        }
        store.makeWork();
        try (BuildLock _ = BuildLock.take(store.work(), LOCK_WAIT, progress)) {
            sweep();
            Optional<Image> meanwhile = fresh ? Optional.empty() : store.withFingerprint(fingerprint);
            if (meanwhile.isPresent()) {
                return renewed(meanwhile.get());
            }
            checkRoom();
            Path directory = store.workDirectory("build-");
            try {
                return build(recipe, steps, directory, fingerprint, inputs, recipe.agent(options));
            } finally {
                DirectoryTree.delete(directory);
            }
        }
    }

    /** An image of the same inputs becomes the newest of its name again: after a downgrade, say. */
    private Image renewed(Image there) throws IOException, InterruptedException {
        Image image = store.require(there.id());
        store.renew(image);
        return image;
    }

    private Image build(
            Recipe recipe,
            List<Step> steps,
            Path directory,
            String fingerprint,
            SortedMap<String, String> inputs,
            Image.Agent agent)
            throws IOException, InterruptedException {
        Workshop workshop = new Workshop(directory, progress);
        for (Step step : steps) {
            timed(step.name(), () -> step.run(workshop));
        }
        return timed("checks", () -> {
            Verification.of(workshop.out(), directory).orThrow(workshop.out());
            SortedMap<String, Manifest.Artefact> files = new TreeMap<>();
            try (Stream<Path> made = Files.list(workshop.out())) {
                for (Path file : made.toList()) {
                    files.put(file.getFileName().toString(), Manifest.Artefact.of(file));
                }
            }
            Manifest manifest = Manifest.of(recipe.name(), fingerprint, inputs, agent, files, workshop.packages());
            return store.publish(workshop.out(), manifest);
        });
    }

    private void timed(String name, Work work) throws IOException, InterruptedException {
        timed(name, () -> {
            work.run();
            return name;
        });
    }

    private <T> T timed(String name, Making<T> making) throws IOException, InterruptedException {
        progress.begin(name);
        long start = System.nanoTime();
        T made = making.make();
        progress.end(name, Duration.ofNanos(System.nanoTime() - start));
        return made;
    }

    private static SortedMap<String, String> inputs(Recipe recipe, List<Step> steps) {
        SortedMap<String, String> inputs = new TreeMap<>();
        inputs.put("builder", VERSION);
        inputs.put("recipe", recipe.name());
        if (!recipe.imageName().equals(recipe.name())) {
            inputs.put(Manifest.NAME, recipe.imageName());
        }
        inputs.put("architecture", Elf.hostMachine());
        for (Step step : steps) {
            for (Map.Entry<String, String> input : step.inputs().entrySet()) {
                inputs.put(step.getClass().getSimpleName() + "." + input.getKey(), input.getValue());
            }
        }
        return inputs;
    }

    /** A build that was killed after its image was in place has left its directory too. */
    private void sweepIfIdle() throws IOException {
        if (!Files.isWritable(store.work()) || leftovers().isEmpty()) {
            return;
        }
        Optional<BuildLock> lock = BuildLock.takeIfFree(store.work());
        if (lock.isPresent()) {
            try (BuildLock _ = lock.get()) {
                sweep();
            }
        }
    }

    /** Removes what dead builds have left. The lock is held: no living build works there. */
    private void sweep() throws IOException {
        for (Path leftover : leftovers()) {
            progress.note("removing what was left behind in " + leftover);
            try {
                DirectoryTree.delete(leftover);
            } catch (DirectoryNotEmptyException e) {
                progress.note("a program of the dead build ended its last call meanwhile: " + e.getMessage());
                DirectoryTree.delete(leftover);
            }
        }
    }

    private List<Path> leftovers() throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> all = Files.list(store.work())) {
            for (Path path : all.toList()) {
                String name = path.getFileName().toString();
                if (name.startsWith("build-") || name.startsWith("removed-") || isOldCheck(path)) {
                    found.add(path);
                }
            }
        }
        return found;
    }

    /** Checks run without the lock, but never this long. */
    private static boolean isOldCheck(Path leftover) throws IOException {
        Instant longAgo = Instant.now().minus(Duration.ofHours(1));
        return leftover.getFileName().toString().startsWith("check-")
                && Files.getLastModifiedTime(leftover).toInstant().isBefore(longAgo);
    }

    private void checkRoom() throws IOException {
        FileStore disk = Files.getFileStore(store.work());
        if (disk.getUsableSpace() < room) {
            throw new ImageException("%s has %d MiB free, a build needs %d MiB; make room or choose another --data-dir"
                    .formatted(store.work(), disk.getUsableSpace() >> 20, room >> 20));
        }
    }

    @FunctionalInterface
    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    @FunctionalInterface
    private interface Making<T> {
        T make() throws IOException, InterruptedException;
    }
}

package dev.execlaw.microvm.template;

import dev.execlaw.microvm.files.DirectoryTree;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The templates under a data directory: {@code templates/NAME/} each, read-only from the moment it is there, which is
 * when it is whole. Any thread and several processes may use one store.
 *
 * <p>Who is about to use a template first writes down that it does, where the predicates given here see it, and then
 * looks by {@link #isThere} whether the template is still there: removals look at that before and after they have taken
 * it away.
 */
public final class TemplateStore {

    private static final Logger LOG = LoggerFactory.getLogger(TemplateStore.class);
    private static final String NAME = "[0-9a-f]{32}-[0-9a-f]{8}";
    private static final String WORK = ".work-";
    private static final String GRAVE = ".gone-";
    private static final Duration OLD = Duration.ofHours(1);
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> READ_ONLY = PosixFilePermissions.fromString("r--r--r--");
    private static final Set<PosixFilePermission> SEALED = PosixFilePermissions.fromString("r-xr-xr-x");

    private final Path templates;
    private final Path bad;
    private final RandomGenerator random;

    /** The store of a data directory; what it needs is made when it is first needed. */
    public TemplateStore(Path dataDirectory) {
        this(dataDirectory, RandomGenerator.of("SecureRandom"));
    }

    TemplateStore(Path dataDirectory, RandomGenerator random) {
        this.templates = dataDirectory.toAbsolutePath().normalize().resolve("templates");
        this.bad = templates.resolve(".bad");
        this.random = random;
    }

    /** Where they are. */
    public Path directory() {
        return templates;
    }

    /** All whole ones, the newest first, with those that were found to be damaged and are still in use. */
    public List<Template> list() throws IOException {
        List<Template> found = new ArrayList<>();
        for (Path directory : directories("")) {
            read(directory).ifPresent(manifest -> found.add(manifest.template(directory)));
        }
        found.sort(Comparator.comparing(Template::createdAt).reversed().thenComparing(Template::name));
        return List.copyOf(found);
    }

    /**
     * The newest template of that key. Cheap: looks at names and sizes alone. One with a missing or truncated file does
     * not count.
     */
    public Optional<Template> find(TemplateKey key) throws IOException {
        List<Template> found = new ArrayList<>();
        for (Path directory : directories(key.id())) {
            Optional<TemplateManifest> manifest = read(directory);
            if (manifest.isPresent()
                    && manifest.get().key().equals(key)
                    && manifest.get().wrongSize(directory).isEmpty()
                    && !Files.exists(mark(directory))) {
                found.add(manifest.get().template(directory));
            }
        }
        return found.stream().max(Comparator.comparing(Template::createdAt));
    }

    /** The one of that name, or the one whose name begins so (4 digits at least). */
    public Optional<Template> named(String name) throws IOException {
        if (!name.matches("[0-9a-f-]{4,41}")) {
            return Optional.empty();
        }
        List<Template> matching = list().stream()
                .filter(template -> template.name().startsWith(name))
                .toList();
        if (matching.size() > 1) {
            throw new TemplateException("\"" + name + "\" is the beginning of " + matching.size() + " templates: "
                    + String.join(", ", matching.stream().map(Template::name).toList()) + "; give more digits");
        }
        return matching.stream().findFirst();
    }

    /** Whether it has not been removed. Ask after it is written down that it is used. */
    public boolean isThere(Template template) {
        return Files.exists(template.directory().resolve(TemplateManifest.FILE));
    }

    /**
     * Reads devices and disk and compares them with their hashes. A damaged one is from now on found by no {@link #find}.
     *
     * @return what is wrong with it; empty where all is well
     */
    public Optional<String> verify(Template template) throws IOException, InterruptedException {
        Optional<String> wrong;
        try {
            wrong = TemplateManifest.read(template.directory()).wrongContent(template.directory());
        } catch (TemplateException | NoSuchFileException e) {
            wrong = Optional.of(String.valueOf(e.getMessage()));
        }
        Path mark = mark(template.directory());
        if (wrong.isPresent()) {
            Files.createDirectories(bad, PosixFilePermissions.asFileAttribute(PRIVATE));
            Files.writeString(mark, wrong.get());
        } else {
            Files.deleteIfExists(mark);
        }
        return wrong;
    }

    /** What an earlier {@link #verify} found wrong with it. */
    public Optional<String> damage(Template template) throws IOException {
        Path mark = mark(template.directory());
        return Files.exists(mark) ? Optional.of(Files.readString(mark)) : Optional.empty();
    }

    /**
     * Removes a template.
     *
     * @param inUse whether a machine, or what was saved of one, lies on it; such a template is not removed
     * @throws TemplateException when it is in use
     */
    public void remove(Template template, Predicate<Template> inUse) throws IOException {
        if (inUse.test(template) || !takeAway(template.directory(), () -> inUse.test(template))) {
            throw new TemplateException("template " + template.name() + " is in use by sessions; delete those first");
        }
    }

    /**
     * Removes what is of no more use, and says what: templates that do not fit, those that are older than another of the
     * same key, damaged ones; none in use. And what has no readable manifest.
     *
     * @param fits whether a new machine could be cloned from a template of that key
     */
    public List<String> collect(Predicate<TemplateKey> fits, Predicate<Template> inUse) throws IOException {
        List<String> removed = new ArrayList<>();
        for (Path directory : directories("")) {
            Optional<TemplateManifest> manifest = read(directory);
            if (manifest.isEmpty()) {
                if (takeAway(directory, () -> false)) {
                    removed.add(directory.getFileName().toString());
                }
                continue;
            }
            Template template = manifest.get().template(directory);
            boolean wanted = fits.test(template.key())
                    && find(template.key()).filter(template::equals).isPresent();
            if (!wanted && !inUse.test(template) && takeAway(directory, () -> inUse.test(template))) {
                removed.add(template.name());
            }
        }
        return List.copyOf(removed);
    }

    /** A new private directory on the file system of the templates, to build one in. */
    Path workDirectory() throws IOException {
        return directory(WORK);
    }

    private Path directory(String prefix) throws IOException {
        makeDirectory();
        Path directory = templates.resolve(prefix + number());
        return Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
    }

    void makeDirectory() throws IOException {
        Files.createDirectories(templates, PosixFilePermissions.asFileAttribute(PRIVATE));
    }

    /** What dead builds and removals have left. Of builds also the living one, unless the build lock is held. */
    List<Path> leftovers() throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> all = Files.list(templates)) {
            for (Path path : all.toList()) {
                String name = path.getFileName().toString();
                if (name.startsWith(WORK) || (name.startsWith(GRAVE) && isOld(path))) {
                    found.add(path);
                }
            }
        }
        return found;
    }

    /** Removals need no lock, but never this long. */
    private static boolean isOld(Path grave) throws IOException {
        try {
            return Files.getLastModifiedTime(grave)
                    .toInstant()
                    .isBefore(Instant.now().minus(OLD));
        } catch (NoSuchFileException _) {
            return false; // its removal has just ended
        }
    }

    /**
     * Makes finished files a template: written out, sealed, then in its place by one rename.
     *
     * @param made directory below a {@link #workDirectory} with memory, devices and disk and nothing else
     */
    Template publish(Path made, TemplateManifest manifest) throws IOException {
        Files.write(made.resolve(TemplateManifest.FILE), manifest.bytes());
        try (Stream<Path> files = Files.list(made)) {
            for (Path file : files.toList()) {
                // The memory has no hash: it must be on the disk before the name that says it is whole.
                force(file);
                Files.setPosixFilePermissions(file, READ_ONLY);
            }
        }
        force(made);
        Path place = templates.resolve(manifest.key().id() + "-" + number());
        Files.move(made, place, StandardCopyOption.ATOMIC_MOVE);
        Files.setPosixFilePermissions(place, SEALED);
        force(templates);
        return manifest.template(place);
    }

    /** Renamed first: neither a removal that is cut short nor one that is called off leaves a part of a template. */
    private boolean takeAway(Path directory, Condition usedMeanwhile) throws IOException {
        Path grave = directory(GRAVE);
        Path taken = grave.resolve(directory.getFileName());
        try {
            Files.setPosixFilePermissions(directory, PRIVATE);
            Files.move(directory, taken, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException _) {
            Files.delete(grave);
            return false; // another process was faster
        }
        if (usedMeanwhile.holds()) {
            Files.move(taken, directory, StandardCopyOption.ATOMIC_MOVE);
            Files.setPosixFilePermissions(directory, SEALED);
            Files.delete(grave);
            return false;
        }
        Files.deleteIfExists(mark(directory));
        DirectoryTree.delete(grave);
        return true;
    }

    private List<Path> directories(String prefix) throws IOException {
        if (!Files.isDirectory(templates)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(templates)) {
            return all.filter(path -> path.getFileName().toString().matches(NAME)
                            && path.getFileName().toString().startsWith(prefix))
                    .sorted()
                    .toList();
        }
    }

    private static Optional<TemplateManifest> read(Path directory) throws IOException {
        try {
            return Optional.of(TemplateManifest.read(directory));
        } catch (NoSuchFileException _) {
            return Optional.empty(); // removed meanwhile by another process
        } catch (TemplateException e) {
            LOG.warn("a template is of no use: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private Path mark(Path directory) {
        return bad.resolve(directory.getFileName());
    }

    private String number() {
        return HexFormat.of().toHexDigits(random.nextInt());
    }

    private static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Asked while a template is away. */
    @FunctionalInterface
    private interface Condition {
        boolean holds();
    }
}

package dev.execlaw.microvm.image;

import dev.execlaw.microvm.files.DirectoryTree;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The images under a data directory: {@code images/ID/} each, read-only from the moment it is there, which is when it
 * is whole. Any thread and several processes may use one store.
 */
public final class ImageStore {

    private static final String ID = "[0-9a-f]{16}";
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> READ_ONLY = PosixFilePermissions.fromString("r--r--r--");
    private static final Set<PosixFilePermission> SEALED = PosixFilePermissions.fromString("r-xr-xr-x");

    private final Path images;
    private final Path checked;
    private final Path work;

    /** The store of a data directory; what it needs is made when it is first needed. */
    public ImageStore(Path dataDirectory) {
        Path data = dataDirectory.toAbsolutePath();
        this.images = data.resolve("images");
        this.checked = images.resolve(".checked");
        this.work = data.resolve("work");
    }

    /** All images, the newest first. */
    public List<Image> list() throws IOException {
        if (!Files.isDirectory(images)) {
            return List.of();
        }
        List<Path> directories;
        try (Stream<Path> all = Files.list(images)) {
            directories = all.filter(path -> path.getFileName().toString().matches(ID))
                    .sorted(Comparator.comparing((Path path) -> builtAt(path))
                            .reversed()
                            .thenComparing(Path::getFileName))
                    .toList();
        }
        List<Image> found = new ArrayList<>();
        for (Path directory : directories) {
            found.add(Manifest.read(directory).image(directory));
        }
        return found;
    }

    /** The newest image of that name, or the one with that id (or the beginning of it, 4 digits at least). */
    public Optional<Image> find(String nameOrId) throws IOException {
        List<Image> all = list();
        Optional<Image> built =
                all.stream().filter(image -> image.name().equals(nameOrId)).findFirst();
        if (built.isPresent() || !nameOrId.matches("[0-9a-f]{4,16}")) {
            return built;
        }
        List<Image> matching =
                all.stream().filter(image -> image.id().startsWith(nameOrId)).toList();
        if (matching.size() > 1) {
            throw new ImageException("\"" + nameOrId + "\" is the beginning of " + matching.size() + " images: "
                    + String.join(", ", matching.stream().map(Image::id).toList()) + "; give more digits");
        }
        return matching.stream().findFirst();
    }

    /**
     * The image, checked: the checks ran when it was built, or run now if the file has changed since or nothing is
     * known of them. This is the way to an image that is about to be used.
     */
    public Image require(String nameOrId) throws IOException, InterruptedException {
        Image image = find(nameOrId)
                .orElseThrow(() -> new ImageException("there is no image \"" + nameOrId + "\" in " + images
                        + "; build it: execlaw image build " + (nameOrId.matches(ID) ? "debian" : nameOrId)));
        if (!isChecked(image)) {
            Path directory = workDirectory("check-");
            try {
                Verification.of(image.directory(), directory).orThrow(image.directory());
            } finally {
                DirectoryTree.delete(directory);
            }
            markChecked(image);
        }
        return image;
    }

    /** Runs all checks now, and compares every byte with the manifest's hashes. */
    public Verification verify(Image image) throws IOException, InterruptedException {
        Path directory = workDirectory("check-");
        try {
            Manifest manifest = manifest(image);
            Verification found = Verification.ofContent(image.directory(), manifest)
                    .and(Verification.of(image.directory(), directory));
            if (found.passed()) {
                markChecked(image);
            } else {
                Files.deleteIfExists(checked.resolve(image.id()));
            }
            return found;
        } finally {
            DirectoryTree.delete(directory);
        }
    }

    /** What the image is made of. */
    public Manifest manifest(Image image) throws IOException {
        return Manifest.read(image.directory());
    }

    /** What a file takes on its disk: of a sparse one only what is written. */
    public static long bytesOnDisk(Path file) throws IOException, InterruptedException {
        return SparseFile.data(file).stream()
                .mapToLong(SparseFile.Range::length)
                .sum();
    }

    /** When the image was built on this host, or last chosen by a build that found nothing to do. */
    public FileTime builtAt(Image image) {
        return builtAt(image.directory());
    }

    /**
     * Removes an image.
     *
     * @param inUse ids of images that machines' disks lie over; such an image is not removed
     */
    public void remove(Image image, Set<String> inUse) throws IOException {
        if (inUse.contains(image.id())) {
            throw new ImageException("image " + image.id() + " is in use by sessions; delete those first");
        }
        Files.deleteIfExists(checked.resolve(image.id()));
        // Renamed first: a removal that is cut short must not leave a part of an image under its id.
        Path grave = workDirectory("removed-");
        Files.setPosixFilePermissions(image.directory(), PRIVATE);
        Files.move(image.directory(), grave.resolve(image.id()), StandardCopyOption.ATOMIC_MOVE);
        DirectoryTree.delete(grave);
    }

    /** Removes all images that are neither in use nor the newest of their name, and says which. */
    public List<Image> collect(Set<String> inUse) throws IOException {
        Set<String> seen = new HashSet<>();
        List<Image> removed = new ArrayList<>();
        for (Image image : list()) {
            if (!seen.add(image.name()) && !inUse.contains(image.id())) {
                remove(image, inUse);
                removed.add(image);
            }
        }
        return removed;
    }

    /** Makes an image the newest of its name: a build found that it is what the recipe's present inputs give. */
    void renew(Image image) throws IOException {
        if (!find(image.name()).map(Image::id).equals(Optional.of(image.id()))) {
            setBuiltNow(image.directory());
        }
    }

    /** The newest image whose build had the same inputs. */
    Optional<Image> withFingerprint(String fingerprint) throws IOException {
        for (Image image : list()) {
            if (manifest(image).fingerprint().equals(fingerprint)) {
                return Optional.of(image);
            }
        }
        return Optional.empty();
    }

    /** Makes a finished directory an image: read-only, then in its place by one rename. */
    Image publish(Path out, Manifest manifest) throws IOException {
        Files.createDirectories(checked, PosixFilePermissions.asFileAttribute(PRIVATE));
        Files.write(out.resolve(Manifest.FILE), manifest.bytes());
        try (Stream<Path> files = Files.list(out)) {
            for (Path file : files.toList()) {
                Files.setPosixFilePermissions(file, READ_ONLY);
            }
        }
        Path place = images.resolve(manifest.id());
        if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
            try {
                Files.move(out, place, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                throw new ImageException(work + " and " + images + " must be on one file system", e);
            }
        }
        setBuiltNow(place);
        Files.setPosixFilePermissions(place, SEALED);
        Image image = manifest.image(place);
        markChecked(image);
        return image;
    }

    /** A new private directory for work that is not kept. */
    Path workDirectory(String prefix) throws IOException {
        makeWork();
        return Files.createTempDirectory(work, prefix);
    }

    void makeWork() throws IOException {
        try {
            Files.createDirectories(work, PosixFilePermissions.asFileAttribute(PRIVATE));
            Files.delete(Files.createTempFile(work, "probe-", ""));
        } catch (FileSystemException e) {
            throw new ImageException(
                    "cannot write in " + work + " (" + Objects.requireNonNullElse(e.getReason(), e.toString())
                            + "); make it writable or choose another --data-dir",
                    e);
        }
    }

    /** Where builds happen. */
    Path work() {
        return work;
    }

    private boolean isChecked(Image image) throws IOException {
        Path mark = checked.resolve(image.id());
        return Files.exists(mark) && Files.readString(mark).equals(state(image));
    }

    private void markChecked(Image image) throws IOException {
        Files.createDirectories(checked, PosixFilePermissions.asFileAttribute(PRIVATE));
        Files.writeString(checked.resolve(image.id()), state(image));
    }

    /** What would change if someone wrote to the image's files. */
    private static String state(Image image) throws IOException {
        StringBuilder state = new StringBuilder();
        List<Path> files = new ArrayList<>(List.of(image.kernel(), image.rootfs()));
        Path initramfs = image.initramfs();
        if (initramfs != null) {
            files.add(initramfs);
        }
        for (Path file : files) {
            state.append("%s %d %d%n"
                    .formatted(
                            file.getFileName(),
                            Files.size(file),
                            Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS)));
        }
        return state.toString();
    }

    private static void setBuiltNow(Path directory) throws IOException {
        Files.setLastModifiedTime(directory.resolve(Manifest.FILE), FileTime.fromMillis(System.currentTimeMillis()));
    }

    /** The manifest's time, not the directory's: hard links and archives keep the one and not the other. */
    private static FileTime builtAt(Path directory) {
        try {
            return Files.getLastModifiedTime(directory.resolve(Manifest.FILE));
        } catch (IOException e) {
            return FileTime.fromMillis(0); // removed meanwhile by another process
        }
    }
}

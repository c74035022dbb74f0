package dev.execlaw.microvm.image.source;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.Progress;
import dev.execlaw.microvm.image.tree.TarEntry;
import dev.execlaw.microvm.image.tree.TarLimits;
import dev.execlaw.microvm.image.tree.TarReader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Puts the two programs of a Firecracker release where the driver finds them:
 * {@code DATA/firecracker/VERSION-ARCH/firecracker} and {@code jailer}, executable. Versions lie side by side; one that
 * is there is not touched. Of the tarball nothing else is ever written.
 */
public final class SetupFirecracker {

    // A release's programs are a few MB each; the debug files beside them some hundred.
    private static final TarLimits LIMITS = new TarLimits(10_000, 4L << 30);

    private final Path directory;

    /** Sets up below a data directory. */
    public SetupFirecracker(Path dataDirectory) {
        directory = dataDirectory.resolve("firecracker");
    }

    /**
     * What was set up.
     *
     * @param version release tag, e.g. {@code v1.16.1}
     */
    public record Installed(String version, Architecture architecture, Path firecracker, Path jailer) {}

    /** The version that is set up, if it is. */
    public Optional<Installed> find(String version, Architecture architecture) {
        Installed installed = installed(version, architecture);
        return Files.isExecutable(installed.firecracker()) && Files.isExecutable(installed.jailer())
                ? Optional.of(installed)
                : Optional.empty();
    }

    /** The newest version that is set up for an architecture, if any is. */
    public Optional<Installed> newest(Architecture architecture) throws IOException {
        if (!Files.isDirectory(directory)) {
            return Optional.empty();
        }
        String suffix = "-" + architecture;
        try (Stream<Path> versions = Files.list(directory)) {
            return versions.map(version -> version.getFileName().toString())
                    .filter(name -> !name.startsWith(".") && name.endsWith(suffix))
                    .map(name -> name.substring(0, name.length() - suffix.length()))
                    .sorted(VersionOrder.INSTANCE.reversed())
                    .flatMap(version -> find(version, architecture).stream())
                    .findFirst();
        }
    }

    /** Unpacks a fetched release tarball, or gives what is there already. */
    public Installed install(Assets.Fetched tarball, Progress progress) throws IOException {
        return install(
                tarball.file(), tarball.asset().version(), tarball.asset().architecture(), progress);
    }

    /** Unpacks a release tarball from a file, or gives what is there already. */
    public Installed install(Path tarball, String version, Architecture architecture, Progress progress)
            throws IOException {
        if (!version.matches("v[0-9]+\\.[0-9]+\\.[0-9]+[A-Za-z0-9.-]*")) {
            throw new IllegalArgumentException("version \"" + version + "\" is not of the form v1.16.1");
        }
        Files.createDirectories(directory);
        try (FileChannel lock = FileChannel.open(
                        directory.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = lock.lock()) {
            Optional<Installed> there = find(version, architecture);
            if (there.isPresent() && held.isValid()) {
                return there.get();
            }
            long start = System.nanoTime();
            progress.begin("unpack Firecracker " + version);
            Installed installed = unpack(tarball, installed(version, architecture));
            progress.end("unpack Firecracker " + version, Duration.ofNanos(System.nanoTime() - start));
            return installed;
        }
    }

    private Installed unpack(Path tarball, Installed wanted) throws IOException {
        Path incoming = directory.resolve(".incoming");
        delete(incoming);
        try {
            Files.createDirectory(incoming);
            Path firecracker = incoming.resolve("firecracker");
            Path jailer = incoming.resolve("jailer");
            String suffix = "-" + wanted.version() + "-" + wanted.architecture();
            try (InputStream file = Files.newInputStream(tarball);
                    TarReader tar = new TarReader(new GZIPInputStream(new BufferedInputStream(file)), LIMITS)) {
                for (Optional<TarEntry> next = tar.next(); next.isPresent(); next = tar.next()) {
                    refuseDevice(next.get());
                    if (named(next.get(), "firecracker" + suffix)) {
                        program(tar, next.get(), firecracker, wanted.architecture());
                    } else if (named(next.get(), "jailer" + suffix)) {
                        program(tar, next.get(), jailer, wanted.architecture());
                    }
                }
            } catch (ZipException | ImageException e) {
                throw new SourceException(tarball + " is refused: " + e.getMessage() + ". Fetch it again", e);
            }
            for (Path program : new Path[] {firecracker, jailer}) {
                if (!Files.exists(program)) {
                    throw new SourceException(tarball + " holds no " + program.getFileName() + suffix
                            + ": take the release tarball firecracker" + suffix + ".tgz");
                }
            }
            Path place = place(wanted.version(), wanted.architecture());
            // Half a version can only be there when someone took a file away.
            delete(place);
            Files.move(incoming, place, StandardCopyOption.ATOMIC_MOVE);
            return wanted;
        } finally {
            delete(incoming);
        }
    }

    private static void refuseDevice(TarEntry entry) throws ImageException {
        TarEntry.Kind kind = entry.kind();
        if (kind == TarEntry.Kind.DEVICE || kind == TarEntry.Kind.FIFO) {
            throw new ImageException("it holds the " + kind.name().toLowerCase(Locale.ROOT) + " \"" + entry.path()
                    + "\", which no release does");
        }
    }

    private static boolean named(TarEntry entry, String file) {
        return entry.kind() == TarEntry.Kind.FILE && entry.path().endsWith("/" + file);
    }

    private static void program(TarReader tar, TarEntry entry, Path into, Architecture architecture)
            throws IOException {
        if (Files.exists(into)) {
            throw new SourceException("the tarball holds " + entry.path() + " twice: take it from the release page");
        }
        try (InputStream content = tar.content()) {
            Files.copy(content, into);
        }
        byte[] head;
        try (InputStream in = Files.newInputStream(into)) {
            head = in.readNBytes(FileKind.HEAD_BYTES);
        }
        FileKind.ELF.check(head, architecture, entry.path());
        Files.setPosixFilePermissions(into, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (FileChannel channel = FileChannel.open(into, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private Installed installed(String version, Architecture architecture) {
        Path place = place(version, architecture);
        return new Installed(version, architecture, place.resolve("firecracker"), place.resolve("jailer"));
    }

    private Path place(String version, Architecture architecture) {
        return directory.resolve(version + "-" + architecture);
    }

    private static void delete(Path place) throws IOException {
        for (String name : new String[] {"firecracker", "jailer"}) {
            Files.deleteIfExists(place.resolve(name));
        }
        Files.deleteIfExists(place);
    }
}

package dev.execlaw.microvm.image.source;

import dev.execlaw.microvm.image.Progress;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Fetches assets into a cache where they lie by their hash: {@code CACHE/assets/SHA256/NAME}. What is there already and
 * still has its hash is not fetched again.
 */
public final class Assets {

    private final AssetSources sources;
    private final Download download;
    private final Path cache;

    /**
     * A fetcher.
     *
     * @param cache the cache directory of the data directory; made where missing
     */
    public Assets(AssetSources sources, Download download, Path cache) {
        this.sources = sources;
        this.download = download;
        this.cache = cache.resolve("assets");
    }

    /**
     * A file that was fetched, with the entry that locks it.
     *
     * @param file its place in the cache, named as at its source
     */
    public record Fetched(LockedAsset asset, Path file) {}

    /**
     * Fetches what the lock says, and nothing else.
     *
     * @throws SourceException when the lock has no hash for it
     */
    public Fetched locked(AssetLock lock, AssetName name, Architecture architecture, Progress progress)
            throws IOException, InterruptedException {
        LockedAsset asset = entry(lock, name, architecture);
        if (!asset.locked()) {
            throw new SourceException("the lock pins " + name + " for " + architecture + " to " + asset.version()
                    + " but has no hash to check it by: run execlaw image lock once (it fetches the file and records"
                    + " its hash), or use --latest to take the newest unchecked, or give the file itself");
        }
        return fetch(asset, progress);
    }

    /** Fetches what is newest at the source now, whatever the lock says. */
    public Fetched latest(AssetName name, Architecture architecture, Progress progress)
            throws IOException, InterruptedException {
        if (name.fromBucket()) {
            CiBucket.Found found = new CiBucket(sources.base(name), download).newest(name, architecture, progress);
            return fetch(name, architecture, found.version(), found.build(), found.key(), null, progress);
        }
        String tag = new Releases(sources.base(name), download).latest(progress);
        return release(name, architecture, tag, progress);
    }

    /**
     * Fetches the version that the lock pins and gives the entry with its path, size and hash; an entry that is locked
     * already is fetched and checked.
     */
    public Fetched lock(AssetLock lock, AssetName name, Architecture architecture, Progress progress)
            throws IOException, InterruptedException {
        LockedAsset asset = entry(lock, name, architecture);
        if (asset.locked()) {
            return fetch(asset, progress);
        }
        if (name.fromBucket()) {
            CiBucket.Found found =
                    new CiBucket(sources.base(name), download).in(asset.build(), name, architecture, progress);
            return fetch(name, architecture, found.version(), found.build(), found.key(), null, progress);
        }
        return release(name, architecture, asset.version(), progress);
    }

    private static LockedAsset entry(AssetLock lock, AssetName name, Architecture architecture) throws SourceException {
        return lock.find(name, architecture)
                .orElseThrow(() -> new SourceException("the lock has no entry of " + name + " for " + architecture
                        + ": run execlaw image lock --latest, or give the file itself"));
    }

    private Fetched release(AssetName name, Architecture architecture, String tag, Progress progress)
            throws IOException, InterruptedException {
        String path = Releases.path(name, tag, architecture);
        // nullclaw publishes no checksums.
        String published = name == AssetName.FIRECRACKER
                ? new Releases(sources.base(name), download).published(path, progress)
                : null;
        return fetch(name, architecture, tag, "", path, published, progress);
    }

    private Fetched fetch(LockedAsset asset, Progress progress) throws IOException, InterruptedException {
        String path = Objects.requireNonNull(asset.path(), "a locked asset has a path");
        String sha256 = Objects.requireNonNull(asset.sha256(), "a locked asset has a hash");
        Path file = place(sha256, path);
        if (Files.exists(file)
                && Files.size(file) == asset.size()
                && Sha256.of(file).equals(sha256)) {
            return new Fetched(asset, file);
        }
        transfer(asset.name(), asset.architecture(), path, file, asset.size(), sha256, progress);
        return new Fetched(asset, file);
    }

    /** Fetches a file whose hash may not be known before. */
    private Fetched fetch(
            AssetName name,
            Architecture architecture,
            String version,
            String build,
            String path,
            @Nullable String sha256,
            Progress progress)
            throws IOException, InterruptedException {
        Path incoming = cache.resolve("incoming").resolve(name + "-" + architecture + "-" + fileName(path));
        try {
            transfer(name, architecture, path, incoming, -1, sha256, progress);
            String got = Sha256.of(incoming);
            LockedAsset asset = new LockedAsset(name, architecture, version, build, path, Files.size(incoming), got);
            Path file = place(got, path);
            Files.createDirectories(file.getParent());
            Files.move(incoming, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return new Fetched(asset, file);
        } finally {
            Files.deleteIfExists(incoming);
        }
    }

    private void transfer(
            AssetName name,
            Architecture architecture,
            String path,
            Path file,
            long size,
            @Nullable String sha256,
            Progress progress)
            throws IOException, InterruptedException {
        URI uri = sources.address(name, path);
        String step = "fetch " + fileName(path);
        long start = System.nanoTime();
        progress.begin(step);
        download.fetch(uri, file, new Expected(name.kind(), architecture, size, sha256), progress);
        progress.end(step, Duration.ofNanos(System.nanoTime() - start));
    }

    private Path place(String sha256, String path) {
        return cache.resolve(sha256).resolve(fileName(path));
    }

    private static String fileName(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}

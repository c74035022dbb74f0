package dev.execlaw.microvm.image.source;

import dev.execlaw.microvm.image.Progress;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The bucket where Firecracker's CI keeps kernels and root filesystems, anonymous and listable. Two layouts are there:
 * {@code firecracker-ci/v1.N/ARCH/}, which ends at v1.15, and {@code firecracker-ci/YYYYMMDD-COMMIT-N/ARCH/} since
 * (firecracker {@code docs/getting-started.md}).
 */
final class CiBucket {

    private static final String ROOT = "firecracker-ci/";
    private static final int MOST_PAGES = 50;
    private static final int MOST_PAGE_BYTES = 4 << 20;
    private static final int BUILDS_LOOKED_AT = 8;
    private static final Pattern DATED = Pattern.compile("(\\d{8})-[0-9a-f]+-(\\d+)");
    private static final Pattern NUMBERED = Pattern.compile("v(\\d+\\.\\d+)");

    private final URI base;
    private final Download download;

    CiBucket(URI base, Download download) {
        this.base = base;
        this.download = download;
    }

    /**
     * A file of the bucket.
     *
     * @param build the directory of the CI build
     * @param version of the kernel or of Ubuntu
     * @param key its path in the bucket
     */
    record Found(String build, String version, String key) {}

    /**
     * The newest file in the newest build that has a kernel and a root filesystem of the wanted series, so that both
     * come from the same build.
     */
    Found newest(AssetName name, Architecture architecture, Progress progress)
            throws IOException, InterruptedException {
        List<String> builds = builds(progress);
        List<String> looked = builds.subList(0, Math.min(BUILDS_LOOKED_AT, builds.size()));
        for (String build : looked) {
            List<String> keys = keys(build, architecture, progress);
            Optional<Found> kernel = newest(AssetName.KERNEL, build, architecture, keys);
            Optional<Found> rootfs = newest(AssetName.ROOTFS, build, architecture, keys);
            if (kernel.isPresent() && rootfs.isPresent()) {
                return name == AssetName.KERNEL ? kernel.get() : rootfs.get();
            }
        }
        throw new SourceException(base + " has no build with a " + Series.KERNEL + " kernel and an Ubuntu "
                + Series.ROOTFS + " root filesystem for " + architecture + " (looked at " + looked
                + "): set another bucket, or give the files themselves (--kernel, --rootfs)");
    }

    /** The newest file of a known build. */
    Found in(String build, AssetName name, Architecture architecture, Progress progress)
            throws IOException, InterruptedException {
        List<String> keys = keys(build, architecture, progress);
        return newest(name, build, architecture, keys)
                .orElseThrow(() -> new SourceException(base + " has no " + name + " for " + architecture
                        + " in the build " + build + " (" + keys.size()
                        + " files are there): take another build with --latest, or give the file itself"));
    }

    /** The series that images are made of. */
    static final class Series {
        static final String KERNEL = "6.1";
        static final String ROOTFS = "24.04";

        private Series() {}
    }

    /** Newest first: dated builds, then numbered ones. */
    private List<String> builds(Progress progress) throws IOException, InterruptedException {
        List<String> dated = new ArrayList<>();
        List<String> numbered = new ArrayList<>();
        for (String prefix : list(ROOT, "/", progress).prefixes()) {
            String build = prefix.substring(ROOT.length()).replaceFirst("/$", "");
            if (DATED.matcher(build).matches()) {
                dated.add(build);
            } else if (NUMBERED.matcher(build).matches()) {
                numbered.add(build);
            }
        }
        dated.sort(Comparator.comparing(CiBucket::dateAndNumber, VersionOrder.INSTANCE)
                .reversed());
        numbered.sort(VersionOrder.INSTANCE.reversed());
        dated.addAll(numbered);
        if (dated.isEmpty()) {
            throw new SourceException(base + " lists no builds under " + ROOT
                    + ": check the bucket's address, or give the files themselves");
        }
        return dated;
    }

    private static String dateAndNumber(String build) {
        Matcher matcher = DATED.matcher(build);
        return matcher.matches() ? matcher.group(1) + "." + matcher.group(2) : "";
    }

    private List<String> keys(String build, Architecture architecture, Progress progress)
            throws IOException, InterruptedException {
        return list(ROOT + build + "/" + architecture + "/", null, progress).keys();
    }

    private static Optional<Found> newest(AssetName name, String build, Architecture architecture, List<String> keys) {
        String directory = ROOT + build + "/" + architecture + "/";
        // Exact names: beside them lie .config, -no-acpi, .manifest and debug files.
        Pattern wanted = name == AssetName.KERNEL
                ? Pattern.compile("vmlinux-(" + Pattern.quote(Series.KERNEL) + "\\.\\d{1,5})")
                : Pattern.compile("ubuntu-(" + Pattern.quote(Series.ROOTFS) + ")\\.squashfs");
        return keys.stream()
                .filter(key -> key.startsWith(directory))
                .map(key -> wanted.matcher(key.substring(directory.length())))
                .filter(Matcher::matches)
                .map(matcher -> new Found(build, matcher.group(1), directory + matcher.group()))
                .max(Comparator.comparing(Found::version, VersionOrder.INSTANCE));
    }

    private BucketPage list(String prefix, @Nullable String delimiter, Progress progress)
            throws IOException, InterruptedException {
        List<String> keys = new ArrayList<>();
        List<String> prefixes = new ArrayList<>();
        String token = null;
        for (int page = 1; page <= MOST_PAGES; page++) {
            BucketPage got = page(prefix, delimiter, token, progress);
            keys.addAll(got.keys());
            prefixes.addAll(got.prefixes());
            if (got.next() == null) {
                return new BucketPage(keys, prefixes, null);
            }
            token = got.next();
        }
        throw new SourceException(
                base + " lists more than " + MOST_PAGES + " pages under " + prefix + ": check the bucket's address");
    }

    private BucketPage page(String prefix, @Nullable String delimiter, @Nullable String token, Progress progress)
            throws IOException, InterruptedException {
        StringBuilder query = new StringBuilder("/?list-type=2&prefix=").append(encoded(prefix));
        if (delimiter != null) {
            query.append("&delimiter=").append(encoded(delimiter));
        }
        if (token != null) {
            query.append("&continuation-token=").append(encoded(token));
        }
        URI uri = URI.create(base + query.toString());
        Web web = download.web();
        byte[] xml = download.retry()
                .run(
                        uri.toString(),
                        Deadline.in(web.timeouts().total()),
                        progress,
                        () -> web.document(uri, MOST_PAGE_BYTES));
        return BucketPage.parse(xml, uri.toString());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}

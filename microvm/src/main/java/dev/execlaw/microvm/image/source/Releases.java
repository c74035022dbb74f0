package dev.execlaw.microvm.image.source;

import dev.execlaw.microvm.image.Progress;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A releases page in GitHub's form: {@code BASE/latest} redirects to {@code BASE/tag/TAG}, files lie in {@code BASE/download/TAG/}. */
final class Releases {

    private static final Pattern TAG_PAGE = Pattern.compile(".*/releases/tag/([A-Za-z0-9][A-Za-z0-9._-]*)");
    private static final Pattern CHECKSUM = Pattern.compile("(?i)([0-9a-f]{64})\\s+\\*?(\\S+)\\s*");

    private final URI base;
    private final Download download;

    Releases(URI base, Download download) {
        this.base = base;
        this.download = download;
    }

    /** The tag of the newest release. */
    String latest(Progress progress) throws IOException, InterruptedException {
        URI uri = URI.create(base + "/latest");
        Web web = download.web();
        URI page = download.retry()
                .run(uri.toString(), Deadline.in(web.timeouts().total()), progress, () -> web.destination(uri));
        Matcher matcher = TAG_PAGE.matcher(page.getPath());
        if (!matcher.matches()) {
            throw new SourceException(uri + " leads to " + page
                    + ", not to a page of the form .../releases/tag/TAG: check the address, or name a version");
        }
        return matcher.group(1);
    }

    /** The path below the base of a release's file. */
    static String path(AssetName name, String tag, Architecture architecture) {
        String file = switch (name) {
            case NULLCLAW -> "nullclaw-linux-" + architecture + ".bin";
            case FIRECRACKER -> "firecracker-" + tag + "-" + architecture + ".tgz";
            case KERNEL, ROOTFS -> throw new IllegalArgumentException(name + " is not released on a page");
        };
        return "download/" + tag + "/" + file;
    }

    /** The SHA-256 that the release itself publishes beside a file, in {@code FILE.sha256.txt}. */
    String published(String path, Progress progress) throws IOException, InterruptedException {
        URI uri = URI.create(base + "/" + path + ".sha256.txt");
        Web web = download.web();
        byte[] text = download.retry()
                .run(uri.toString(), Deadline.in(web.timeouts().total()), progress, () -> web.document(uri, 64 << 10));
        String file = path.substring(path.lastIndexOf('/') + 1);
        for (String line : new String(text, StandardCharsets.UTF_8).split("\n", -1)) {
            Matcher matcher = CHECKSUM.matcher(line);
            if (matcher.matches() && matcher.group(2).equals(file)) {
                return matcher.group(1).toLowerCase(Locale.ROOT);
            }
        }
        throw new SourceException(uri + " has no SHA-256 of " + file
                + ": check the address, or lock the file's own hash" + " with execlaw image lock");
    }
}

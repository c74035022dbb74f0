package dev.execlaw.microvm.firecracker;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Version of a Firecracker, or of its jailer, which has the same.
 *
 * @param suffix what follows the numbers, e.g. {@code -dev}; often empty
 */
public record FirecrackerVersion(int major, int minor, int patch, String suffix)
        implements Comparable<FirecrackerVersion> {

    private static final Pattern FORM = Pattern.compile("v?(\\d{1,5})\\.(\\d{1,5})\\.(\\d{1,5})([-+]\\S*)?");
    private static final Comparator<FirecrackerVersion> ORDER = Comparator.comparingInt(FirecrackerVersion::major)
            .thenComparingInt(FirecrackerVersion::minor)
            .thenComparingInt(FirecrackerVersion::patch);

    /** The first version in a text, such as what {@code --version} writes; empty when there is none. */
    public static Optional<FirecrackerVersion> find(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.find()) {
            return Optional.empty();
        }
        return Optional.of(new FirecrackerVersion(
                Integer.parseInt(form.group(1)),
                Integer.parseInt(form.group(2)),
                Integer.parseInt(form.group(3)),
                form.group(4) == null ? "" : form.group(4)));
    }

    /** Whether this is that release or a later one; suffixes aside. */
    public boolean atLeast(int otherMajor, int otherMinor, int otherPatch) {
        return compareTo(new FirecrackerVersion(otherMajor, otherMinor, otherPatch, "")) >= 0;
    }

    /** Orders by the numbers; not consistent with equals, which looks at the suffix too. */
    @Override
    public int compareTo(FirecrackerVersion other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return "v" + major + "." + minor + "." + patch + suffix;
    }
}

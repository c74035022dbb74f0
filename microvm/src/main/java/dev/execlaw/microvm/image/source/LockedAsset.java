package dev.execlaw.microvm.image.source;

import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One entry of the lock file: pinned when only its version is known, locked when its path, size and hash are.
 *
 * @param name which asset
 * @param architecture of the machine it is for
 * @param version release tag, kernel version or Ubuntu version; a kernel's may be a series such as {@code 6.1}
 * @param build directory of the CI build in the bucket, empty for release files
 * @param path below the source's base address, or null while pinned
 * @param size bytes, or -1 while pinned
 * @param sha256 64 hex digits, or null while pinned
 */
public record LockedAsset(
        AssetName name,
        Architecture architecture,
        String version,
        String build,
        @Nullable String path,
        long size,
        @Nullable String sha256) {

    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
    private static final Pattern PATH = Pattern.compile(WORD + "(/" + WORD + ")*");

    public LockedAsset {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(architecture, "architecture");
        require("version", version, WORD);
        if (name.fromBucket()) {
            require("build", build, WORD);
        } else if (!build.isEmpty()) {
            throw new IllegalArgumentException("build is \"" + build + "\", but " + name + " has none");
        }
        boolean none = path == null && size == -1 && sha256 == null;
        boolean all = path != null && size > 0 && sha256 != null;
        if (!none && !all) {
            throw new IllegalArgumentException("path, size (above 0) and sha256 of " + name + " for " + architecture
                    + " belong together: give all of them or none");
        }
        if (path != null) {
            require("path", path, PATH);
        }
        if (sha256 != null) {
            require("sha256", sha256, Expected.SHA256);
        }
    }

    static LockedAsset pinned(AssetName name, Architecture architecture, String version, String build) {
        return new LockedAsset(name, architecture, version, build, null, -1, null);
    }

    /** Whether its hash is known, so that it can be fetched without trust in the network. */
    public boolean locked() {
        return sha256 != null;
    }

    private static void require(String key, String value, Pattern form) {
        if (!form.matcher(value).matches()) {
            throw new IllegalArgumentException(key + " is \"" + value + "\", it must match " + form);
        }
    }
}

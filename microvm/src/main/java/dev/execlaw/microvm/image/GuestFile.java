package dev.execlaw.microvm.image;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A file to be put into a guest's disk, owned by root; directories above it are made where they are missing.
 *
 * @param path absolute path in the guest, plain characters only (no quotes, no {@code ..})
 * @param content not copied; must not be changed any more
 * @param mode permission bits, e.g. 0600
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody; a copy of every byte would serve no one
public record GuestFile(String path, byte[] content, int mode) {

    private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9_@%+=:,.\\-]+)+");

    public GuestFile {
        if (!PATH.matcher(path).matches() || (path + "/").contains("/../") || (path + "/").contains("/./")) {
            throw new IllegalArgumentException("guest path \"" + path + "\" is not of the form " + PATH.pattern());
        }
        if ((mode & ~0777) != 0) {
            throw new IllegalArgumentException(
                    "mode 0%o of %s has more than the permission bits 0777".formatted(mode, path));
        }
    }

    /** The directories above the file, the topmost first, without the root. */
    List<String> parents() {
        List<String> parents = new ArrayList<>();
        for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
            parents.add(path.substring(0, slash));
        }
        return parents;
    }

    /** The directory of the file. */
    String parent() {
        int slash = path.lastIndexOf('/');
        return slash == 0 ? "/" : path.substring(0, slash);
    }

    /** The last part of the path. */
    String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}

package dev.execlaw.microvm.image.tree;

import java.util.Map;

/**
 * One entry of a root filesystem tree, whatever it is kept in.
 *
 * @param path normalised: {@code /} for the root, else {@code /a/b} without dots or a slash at the end; ISO 8859-1
 * @param mode permission bits with setuid, setgid, sticky
 * @param mtime seconds since the epoch
 * @param size bytes of content that follow, 0 for anything but a file
 * @param link target of a symbolic link as it stands, of a hard link normalised as a path; else empty
 * @param xattrs extended attributes by their full name, which is one word of printable characters
 */
public record TarEntry(
        String path,
        Kind kind,
        int mode,
        long uid,
        long gid,
        long mtime,
        long size,
        String link,
        Map<String, byte[]> xattrs) {

    public TarEntry {
        xattrs = Map.copyOf(xattrs);
    }

    /** What an entry makes. */
    public enum Kind {
        FILE,
        DIRECTORY,
        SYMLINK,
        HARDLINK,
        DEVICE,
        FIFO
    }

    /** The same with these extended attributes. */
    TarEntry withXattrs(Map<String, byte[]> others) {
        return new TarEntry(path, kind, mode, uid, gid, mtime, size, link, others);
    }

    /** The directory above, {@code /} for the topmost. */
    public String parent() {
        int slash = path.lastIndexOf('/');
        return slash <= 0 ? "/" : path.substring(0, slash);
    }
}

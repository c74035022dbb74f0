package dev.execlaw.microvm.image.tree;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes a cpio archive of the {@code newc} form, as the kernel unpacks for its initramfs
 * (Documentation/driver-api/early-userspace/buffer-format.rst). The same entries give the same bytes: owners are root,
 * times are 0, inode numbers count up. Not for several threads.
 */
public final class Cpio {

    private static final int DIRECTORY = 0040000;
    private static final int FILE = 0100000;
    private static final int SYMLINK = 0120000;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int inode;

    /** A directory; the ones above must have come before. Paths have no slash at the beginning. */
    public Cpio directory(String path, int mode) {
        return entry(path, DIRECTORY | mode, new byte[0]);
    }

    /** A file. */
    public Cpio file(String path, int mode, byte[] content) {
        return entry(path, FILE | mode, content);
    }

    /** A symbolic link. */
    public Cpio link(String path, String target) {
        return entry(path, SYMLINK | 0777, target.getBytes(StandardCharsets.UTF_8));
    }

    /** Ends the archive and gives it. */
    public byte[] finish() {
        entry("TRAILER!!!", 0, new byte[0]);
        return out.toByteArray();
    }

    private Cpio entry(String path, int mode, byte[] content) {
        byte[] name = (path + "\0").getBytes(StandardCharsets.UTF_8);
        int links = (mode & DIRECTORY) == DIRECTORY ? 2 : 1;
        String header = "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x"
                .formatted(++inode, mode, 0, 0, links, 0, content.length, 0, 0, 0, 0, name.length, 0);
        out.writeBytes(header.getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(name);
        align();
        out.writeBytes(content);
        align();
        return this;
    }

    private void align() {
        while (out.size() % 4 != 0) {
            out.write(0);
        }
    }
}

package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.linux.OpenFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Copies of disks and of saved memory: blocks are shared copy-on-write where the file system can, in about a millisecond;
 * else the data is copied, which takes the time and the space of the source's data. Holes stay holes in both ways.
 */
final class BlockClone {

    private static final int PAGE = 4096;

    private BlockClone() {}

    /** Makes a new file, 0600, with the content of another. On failure nothing of it is left. */
    static void make(Path source, Path target) throws IOException {
        try (OpenFile from = OpenFile.read(source);
                OpenFile to = OpenFile.create(target)) {
            fill(source, from, target, to);
        } catch (IOException e) {
            throw new IOException("cannot copy " + source + " to " + target + ": " + e.getMessage(), e);
        }
    }

    private static void fill(Path source, OpenFile from, Path target, OpenFile to) throws IOException {
        try {
            if (!to.cloneFrom(from)) {
                overlay(source, target);
            }
        } catch (IOException e) {
            discard(target, e);
            throw e;
        }
    }

    /** Copies what is data in one file over the same places of another, which gets at least its length. */
    static void overlay(Path changes, Path target) throws IOException {
        try (OpenFile map = OpenFile.read(changes);
                FileChannel from = FileChannel.open(changes, StandardOpenOption.READ);
                FileChannel to = FileChannel.open(target, StandardOpenOption.WRITE)) {
            long length = map.length();
            if (to.size() < length) {
                lengthen(target, length);
            }
            long end = 0;
            while (end < length) {
                long start = map.dataFrom(end, length);
                end = start < length ? map.holeFrom(start) : length;
                copy(from, to, start, end);
            }
        }
    }

    /**
     * Whether holes are kept to the page on the file system of a directory. Where they are not (ZFS, for one), zeros that
     * nobody wrote would pass for changed memory.
     */
    static boolean keepsPages(Path directory) throws IOException {
        Path probe = Files.createTempFile(directory, "holes", ".probe");
        try {
            lengthen(probe, 64 * PAGE);
            try (FileChannel file = FileChannel.open(probe, StandardOpenOption.WRITE)) {
                file.write(ByteBuffer.allocate(PAGE).put(0, (byte) 1), 9 * PAGE);
            }
            try (OpenFile map = OpenFile.read(probe)) {
                return map.dataFrom(0, 64 * PAGE) == 9 * PAGE && map.holeFrom(9 * PAGE) == 10 * PAGE;
            }
        } finally {
            Files.delete(probe);
        }
    }

    /** By its length alone: a byte written at the end would be data. */
    private static void lengthen(Path file, long length) throws IOException {
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.setLength(length);
        }
    }

    private static void copy(FileChannel from, FileChannel to, long start, long end) throws IOException {
        to.position(start);
        long at = start;
        while (at < end) {
            long sent = from.transferTo(at, end - at, to);
            if (sent <= 0) {
                throw new IOException("its data ended at " + at + " instead of " + end);
            }
            at += sent;
        }
    }

    private static void discard(Path file, IOException cause) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }
}

package dev.execlaw.e2e;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Looks for texts, as UTF-8 and as UTF-16, in files, processes and the memory of processes. */
final class Search {

    private static final int PIECE = 1 << 20;
    private static final byte[] ZEROS = new byte[2 * PIECE];

    private final Map<String, byte[]> patterns = new TreeMap<>();
    private final boolean[] firsts = new boolean[256];
    private final int longest;

    Search(Collection<String> texts) {
        for (String text : texts) {
            patterns.put(text, text.getBytes(StandardCharsets.UTF_8));
            patterns.put(text + " (UTF-16)", text.getBytes(StandardCharsets.UTF_16LE));
        }
        patterns.values().forEach(text -> firsts[text[0] & 0xFF] = true);
        longest = patterns.values().stream().mapToInt(text -> text.length).max().orElse(1);
    }

    /** Where which text is in the files of a tree: all of each, holes too. */
    List<String> inTree(Path root) throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path file : tree.filter(Files::isRegularFile).toList()) {
                try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "r")) {
                    scan(bytes, 0, bytes.length(), file.toString(), found);
                } catch (NoSuchFileException | java.io.FileNotFoundException _) {
                    // It was removed while we looked.
                }
            }
        }
        return found;
    }

    /** Where which text is on command lines, and in environments but for those of some processes. */
    List<String> inProcesses(Collection<Long> withoutEnvironmentOf) {
        List<String> found = new ArrayList<>();
        ProcessHandle.allProcesses().forEach(process -> {
            long pid = process.pid();
            scan("/proc/" + pid + "/cmdline", found);
            if (!withoutEnvironmentOf.contains(pid)) {
                scan("/proc/" + pid + "/environ", found);
            }
        });
        return found;
    }

    private void scan(String file, List<String> found) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(Path.of(file));
        } catch (IOException _) {
            return; // it ended while we looked, or is a thread of the kernel
        }
        scan(bytes, bytes.length, file, found);
    }

    /** Where which text is in all memory that a process may write; {@code bytes} counts what could be read. */
    List<String> inMemory(long pid) throws IOException {
        List<String> found = new ArrayList<>();
        long readable = 0;
        try (RandomAccessFile memory = new RandomAccessFile("/proc/" + pid + "/mem", "r")) {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/maps"))) {
                String[] parts = line.split(" +", 6);
                if (!parts[1].startsWith("rw")) {
                    continue;
                }
                String[] range = parts[0].split("-", 2);
                long from = Long.parseUnsignedLong(range[0], 16);
                long to = Long.parseUnsignedLong(range[1], 16);
                readable += scan(memory, from, to, "memory of " + pid + " " + line, found);
            }
        }
        if (readable < 64L << 20) {
            throw new AssertionError("of the memory of " + pid + " only " + readable + " bytes could be read");
        }
        return found;
    }

    private long scan(RandomAccessFile bytes, long from, long to, String where, List<String> found) throws IOException {
        byte[] piece = new byte[PIECE + longest];
        long read = 0;
        for (long at = from; at < to; at += PIECE) {
            int size = (int) Math.min(piece.length, to - at);
            int got = 0;
            try {
                bytes.seek(at);
                for (int n = 0; got < size && n >= 0; n = bytes.read(piece, got, size - got)) {
                    got += n;
                }
            } catch (IOException e) {
                if (!where.startsWith("memory")) {
                    throw e;
                } // a mapping of a device cannot be read
            }
            read += Math.min(got, PIECE);
            scan(piece, got, where, found);
        }
        return read;
    }

    private void scan(byte[] bytes, int length, String where, List<String> found) {
        if (Arrays.equals(bytes, 0, length, ZEROS, 0, Math.min(length, ZEROS.length))) {
            return; // most of a disk's file and of a guest's memory
        }
        Set<String> met = new TreeSet<>();
        for (int at = 0; at < length; at++) {
            if (firsts[bytes[at] & 0xFF]) {
                int from = at;
                patterns.forEach((name, pattern) -> {
                    if (from + pattern.length <= length
                            && Arrays.equals(bytes, from, from + pattern.length, pattern, 0, pattern.length)) {
                        met.add(name);
                    }
                });
            }
        }
        met.forEach(name -> found.add(name + " in " + where));
    }
}

package dev.execlaw.microvm.image.tree;

import dev.execlaw.microvm.image.ImageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What is laid over a root filesystem: entries that are put, and paths that are dropped. Immutable.
 *
 * @param items what to put, in order
 * @param drops patterns of paths that go
 */
public record Overlay(List<Item> items, List<Pattern> drops) {

    public Overlay {
        items = List.copyOf(items);
        drops = List.copyOf(drops);
    }

    /**
     * One entry to put, owned by root.
     *
     * @param content of a file, else empty
     * @param link target of a symbolic link, else empty
     */
    @SuppressWarnings("ArrayRecordComponent") // made here from resources, never changed, never compared
    public record Item(String path, TarEntry.Kind kind, int mode, byte[] content, String link) {

        /** A file. */
        public static Item file(String path, int mode, byte[] content) {
            return new Item(path, TarEntry.Kind.FILE, mode, content, "");
        }

        /** A symbolic link. */
        public static Item link(String path, String target) {
            return new Item(path, TarEntry.Kind.SYMLINK, 0777, new byte[0], target);
        }

        /** A directory. */
        public static Item directory(String path, int mode) {
            return new Item(path, TarEntry.Kind.DIRECTORY, mode, new byte[0], "");
        }

        TarEntry entry(long time) {
            return new TarEntry(path, kind, mode, 0, 0, time, content.length, link, Map.of());
        }
    }

    /**
     * Parses a list of the form that {@code guest/overlay.list} explains.
     *
     * @param content gives the bytes of a {@code file} by its path
     */
    public static Overlay parse(String list, Content content) throws IOException {
        List<Item> items = new ArrayList<>();
        List<Pattern> drops = new ArrayList<>();
        for (String line : list.lines().toList()) {
            String[] words = line.strip().split("\\s+");
            if (words[0].isEmpty() || words[0].startsWith("#")) {
                continue;
            }
            switch (words[0]) {
                case "file" -> items.add(Item.file(words[2], mode(words[1]), content.of(words[2])));
                case "empty" -> items.add(Item.file(words[2], mode(words[1]), new byte[0]));
                case "dir" -> items.add(Item.directory(words[2], mode(words[1])));
                case "link" -> items.add(Item.link(words[1], words[2]));
                case "mask" -> {
                    for (String unit : List.of(words).subList(1, words.length)) {
                        items.add(Item.link("/etc/systemd/system/" + unit, "/dev/null"));
                    }
                }
                case "drop" -> drops.add(glob(words[1]));
                default -> throw new ImageException("the overlay's list has the unknown word \"" + words[0] + "\"");
            }
        }
        return new Overlay(items, drops);
    }

    /** This overlay with more laid over it. */
    public Overlay with(List<Item> more) {
        List<Item> all = new ArrayList<>(items);
        all.addAll(more);
        return new Overlay(all, drops);
    }

    /** Paths of the base tree that must not be taken over: those dropped, and those that an item takes the place of. */
    public Predicate<String> dropped() {
        Set<String> replaced = items.stream()
                .filter(item -> item.kind() != TarEntry.Kind.DIRECTORY)
                .map(Item::path)
                .collect(Collectors.toSet());
        return path -> replaced.contains(path)
                || drops.stream().anyMatch(drop -> drop.matcher(path).matches());
    }

    /** Puts all items into the tree, with one time of change. */
    public void layOver(Tree tree, long time) throws IOException {
        for (Item item : items) {
            tree.put(item.entry(time), new ByteArrayInputStream(item.content()));
        }
    }

    private static int mode(String octal) {
        return Integer.parseInt(octal, 8);
    }

    private static Pattern glob(String path) {
        return Pattern.compile(Pattern.compile("\\*")
                .splitAsStream(path + "\0")
                .map(Pattern::quote)
                .collect(Collectors.joining("[^/]*"))
                .replace("\0", ""));
    }

    /** Where the content of files is found. */
    @FunctionalInterface
    public interface Content {

        /** The bytes of the file that belongs at this path of the guest. */
        byte[] of(String path) throws IOException;

        /** Content from resources below {@code base} of the class path. */
        static Content resources(String base) {
            return path -> resource(base + path);
        }
    }

    /** A resource of the class path, whole. */
    public static byte[] resource(String name) throws IOException {
        try (InputStream in = Overlay.class.getClassLoader().getResourceAsStream(name)) {
            if (in == null) {
                throw new ImageException("this build of ExeClaw lacks the guest file " + name + "; build it again");
            }
            return in.readAllBytes();
        }
    }

    /** A resource of the class path as text. */
    public static String text(String name) throws IOException {
        return new String(resource(name), StandardCharsets.UTF_8);
    }
}

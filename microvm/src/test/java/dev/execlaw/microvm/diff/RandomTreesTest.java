package dev.execlaw.microvm.diff;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.files.DirectoryTree;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random trees, changed at random, on file systems of every form: the list must be what a look at the two trees gives, and
 * the patch, applied by git to the first, must make the second.
 */
class RandomTreesTest {

    private static final List<List<String>> FORMS = List.of(
            List.of(),
            List.of("-b", "1024"),
            List.of("-b", "2048", "-O", "^extent,^64bit"),
            List.of("-t", "ext2", "-I", "128", "-b", "1024"),
            List.of("-O", "inline_data", "-I", "512"),
            List.of("-O", "meta_bg,^resize_inode", "-b", "1024", "-g", "1024"),
            List.of("-O", "^metadata_csum,^dir_index,^flex_bg"),
            List.of("-O", "bigalloc", "-C", "16384"));

    @TempDir
    private Path directory;

    static Stream<Integer> seeds() {
        return Stream.iterate(0, seed -> seed + 1).limit(3L * FORMS.size());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void listAndPatchAreWhatTheTreesSay(int seed) throws Exception {
        Random random = new Random(seed);
        Path before = directory.resolve("before");
        Path after = directory.resolve("after");
        grow(Files.createDirectory(before), random, 60);
        Command.of("cp", "-a", before.toString(), after.toString()).runOrThrow();
        change(after, random);
        TestDisks disks = new TestDisks(directory);
        String[] form = FORMS.get(seed % FORMS.size()).toArray(String[]::new);
        Disk older = disks.of("older.raw", before, form);
        Disk newer = disks.of("newer.raw", after, form);
        DiffReport report = disks.diff(older, newer);
        assertThat(report.notes()).isEmpty();
        Map<String, String> expected = expected(before, after);
        assertThat(told(report)).isEqualTo(expected);
        Disk layer = disks.layer(older, newer, "layer.qcow2");
        assertThat(disks.diff(older, layer)).isEqualTo(report);
        assertThat(disks.diff(newer, layer).files()).isEmpty();
        apply(report.patch(), before);
        assertThat(texts(before)).isEqualTo(texts(after));
    }

    private static Map<String, String> told(DiffReport report) {
        Map<String, String> told = new TreeMap<>();
        report.files().forEach(change -> told.put(change.path(), change.kind().name()));
        return told;
    }

    private static Map<String, String> expected(Path before, Path after) throws IOException {
        TreeSet<String> all = new TreeSet<>(names(before));
        all.addAll(names(after));
        Map<String, String> expected = new TreeMap<>();
        for (String name : all) {
            Path was = before.resolve(name.substring(1));
            Path is = after.resolve(name.substring(1));
            if (!Files.exists(was, LinkOption.NOFOLLOW_LINKS)) {
                expected.put(name, "ADDED");
            } else if (!Files.exists(is, LinkOption.NOFOLLOW_LINKS)) {
                expected.put(name, "REMOVED");
            } else if (kind(was) != kind(is)) {
                expected.put(name, "TYPE_CHANGED");
            } else if (!content(was).equals(content(is))) {
                expected.put(name, "MODIFIED");
            } else if (!Files.getPosixFilePermissions(was, LinkOption.NOFOLLOW_LINKS)
                    .equals(Files.getPosixFilePermissions(is, LinkOption.NOFOLLOW_LINKS))) {
                expected.put(name, "METADATA");
            }
        }
        return expected;
    }

    private static List<String> names(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            return all.filter(path -> !path.equals(tree))
                    .map(path -> "/" + tree.relativize(path))
                    .toList();
        }
    }

    private static int kind(Path path) {
        return Files.isSymbolicLink(path) ? 0 : Files.isDirectory(path) ? 1 : 2;
    }

    private static String content(Path path) throws IOException {
        return switch (kind(path)) {
            case 0 -> Files.readSymbolicLink(path).toString();
            case 1 -> "";
            default -> new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1);
        };
    }

    /** Contents of what a patch can carry: text of at most the limit, and links. */
    private static Map<String, String> texts(Path tree) throws IOException {
        Map<String, String> texts = new TreeMap<>();
        for (String name : names(tree)) {
            Path path = tree.resolve(name.substring(1));
            String content = content(path);
            if (kind(path) != 1 && content.indexOf('\0') < 0) {
                texts.put(name, kind(path) + content + Files.isExecutable(path));
            }
        }
        return texts;
    }

    /** Git refuses what is binary: those sections are left out, and so are these files in the comparison. */
    private void apply(String patch, Path tree) throws Exception {
        List<String> sections = Arrays.stream(patch.split("(?m)^(?=diff --git )"))
                .filter(section -> !section.contains("\nBinary files ") && !section.isEmpty())
                .toList();
        if (!sections.isEmpty()) {
            Command.of("git", "apply", "-p1", "--whitespace=nowarn", "-")
                    .directory(tree)
                    .environment(Map.of("GIT_CEILING_DIRECTORIES", directory.toString()))
                    .input(String.join("", sections).getBytes(StandardCharsets.UTF_8))
                    .runOrThrow();
        }
    }

    private static void grow(Path tree, Random random, int files) throws IOException {
        List<Path> places = new ArrayList<>(List.of(tree));
        for (int i = 0; i < files; i++) {
            Path path = places.get(random.nextInt(places.size())).resolve(name(random, i));
            switch (random.nextInt(8)) {
                case 0, 1 -> places.add(Files.createDirectory(path));
                case 2 -> Files.createSymbolicLink(path, Path.of("t".repeat(1 + random.nextInt(100))));
                case 3 -> Files.write(path, binary(random));
                default -> Files.writeString(path, text(random));
            }
        }
    }

    private static String name(Random random, int number) {
        List<String> stems =
                List.of("a", "file name", "\u00e4\u00f6\u20ac\ud83d\ude00", "q'uote", "-dash", "n".repeat(200));
        return stems.get(random.nextInt(stems.size())) + number;
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        int lines = random.nextInt(4) == 0 ? random.nextInt(2000) : random.nextInt(20);
        for (int i = 0; i < lines; i++) {
            text.append("line ").append(random.nextInt(30)).append(random.nextInt(9) == 0 ? "\r\n" : "\n");
        }
        return random.nextInt(3) == 0 ? text + "no end" : text.toString();
    }

    private static byte[] binary(Random random) {
        byte[] bytes = new byte[1 + random.nextInt(random.nextInt(4) == 0 ? 400_000 : 200)];
        random.nextBytes(bytes);
        bytes[0] = 0;
        return bytes;
    }

    private static void change(Path tree, Random random) throws IOException {
        for (String name : names(tree).reversed()) {
            Path path = tree.resolve(name.substring(1));
            int dice = random.nextInt(20);
            if (dice == 0) {
                DirectoryTree.delete(path);
            } else if (dice == 1 && kind(path) != 1 && content(path).indexOf('\0') < 0) {
                Files.delete(path);
                Files.createSymbolicLink(path, Path.of("elsewhere"));
            } else if (dice == 2 && kind(path) != 0) {
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-x--x"));
            } else if (dice < 8 && kind(path) == 2) {
                boolean binary = content(path).indexOf('\0') >= 0;
                Files.write(path, binary ? binary(random) : edited(Files.readString(path), random));
            }
        }
        grow(Files.createDirectory(tree.resolve("later")), random, 10);
    }

    private static byte[] edited(String text, Random random) {
        List<String> lines = new ArrayList<>(List.of(text.split("(?<=\n)")));
        for (int i = 0; i < 3; i++) {
            lines.add(random.nextInt(lines.size() + 1), "new line " + random.nextInt(5) + "\n");
            lines.remove(random.nextInt(lines.size()));
        }
        return String.join("", lines).getBytes(StandardCharsets.UTF_8);
    }
}

package dev.execlaw.microvm.image.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.tree.EntryReader;
import dev.execlaw.microvm.image.tree.TarEntry;
import dev.execlaw.microvm.process.Command;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OciBaseTest {

    @TempDir
    Path directory;

    private OciLayoutFixture layout;
    private int layers;

    @BeforeEach
    void begin() throws Exception {
        layout = new OciLayoutFixture(directory.resolve("image"));
    }

    @Test
    void higherLayersReplaceAndWhiteoutsHide() throws Exception {
        Path lower = tree();
        write(lower, "etc/kept", "lower");
        write(lower, "etc/replaced", "lower");
        write(lower, "etc/removed", "lower");
        write(lower, "var/gone/deep/file", "lower");
        write(lower, "opt/opaque/old", "lower");
        write(lower, "becomes/link/inside", "lower");
        write(lower, "was-a-link-target", "lower");
        Files.createSymbolicLink(lower.resolve("becomes-directory"), Path.of("etc"));
        layer(lower);
        Path upper = tree();
        write(upper, "etc/replaced", "upper");
        write(upper, "etc/.wh.removed", "");
        write(upper, "var/.wh.gone", "");
        write(upper, "opt/opaque/.wh..wh..opq", "");
        write(upper, "opt/opaque/new", "upper");
        write(upper, "becomes-directory/file", "upper");
        Files.createDirectories(upper.resolve("becomes"));
        Files.createSymbolicLink(upper.resolve("becomes/link"), Path.of("/etc"));
        layer(upper, "-z");
        Path top = tree();
        write(top, "var/gone/again", "top");
        layer(top, "--zstd");

        assertThat(files(layout.write(OciLayoutFixture.host())))
                .containsOnly(
                        Map.entry("/etc/kept", "lower"),
                        Map.entry("/etc/replaced", "upper"),
                        Map.entry("/opt/opaque/new", "upper"),
                        Map.entry("/becomes-directory/file", "upper"),
                        Map.entry("/becomes/link", "-> /etc"),
                        Map.entry("/was-a-link-target", "lower"),
                        Map.entry("/var/gone/again", "top"));
    }

    @Test
    void aHardLinkWhoseFileIsHiddenBecomesTheFile() throws Exception {
        Path lower = tree();
        write(lower, "a", "content");
        Files.createLink(lower.resolve("b"), lower.resolve("a"));
        Files.createLink(lower.resolve("c"), lower.resolve("a"));
        layer(lower);
        Path upper = tree();
        write(upper, "a", "other");
        layer(upper);

        assertThat(files(layout.write(OciLayoutFixture.host())))
                .containsOnly(Map.entry("/a", "other"), Map.entry("/b", "content"), Map.entry("/c", "= /b"));
    }

    @Test
    void refusesADamagedBlobAndSaysWhich() throws Exception {
        Path lower = tree();
        write(lower, "file", "x".repeat(100));
        Path tar = layer(lower);
        Path image = layout.write(OciLayoutFixture.host());
        assertThat(Base.at(image).inputs()).containsKey("manifest");
        byte[] bytes = Files.readAllBytes(tar);
        Path blob = largest(image);
        bytes[600] ^= 1;
        Files.write(blob, bytes);

        assertThatThrownBy(() -> files(image))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining(blob.toString())
                .hasMessageContaining("damaged");
        Files.write(blob, new byte[10]);
        assertThatThrownBy(() -> files(image))
                .hasMessageContaining("has 10 bytes, its descriptor says " + bytes.length);
        Files.delete(blob);
        assertThatThrownBy(() -> files(image)).hasMessageContaining("lacks the blob");
    }

    @Test
    void refusesAnImageOfAnotherMachine() throws Exception {
        Path lower = tree();
        write(lower, "file", "x");
        layer(lower);

        assertThatThrownBy(() -> files(layout.write(OciLayoutFixture.otherThanHost())))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("holds 0 images for " + OciLayoutFixture.host());
    }

    @Test
    void aDigestCannotLeadOutOfTheDirectory() throws Exception {
        Path image = directory.resolve("image");
        Files.writeString(
                image.resolve("index.json"),
                "{\"manifests\": [{\"digest\": \"sha256:../../../../etc/passwd\", \"size\": 1}]}");

        assertThatThrownBy(() -> files(image)).hasMessageContaining("sha256:HEX");
    }

    private Path tree() throws Exception {
        return Files.createDirectory(directory.resolve("layer" + ++layers));
    }

    private Path layer(Path tree, String... options) throws Exception {
        Path tar = directory.resolve(tree.getFileName() + ".tar");
        Command.of(Stream.concat(
                                Stream.of("tar", "--sort=name", "-C", tree.toString(), "-cf", tar.toString()),
                                Stream.concat(Stream.of(options), Stream.of(".")))
                        .toList())
                .runOrThrow();
        layout.layer(tar);
        return tar;
    }

    private static void write(Path tree, String path, String content) throws Exception {
        Files.createDirectories(tree.resolve(path).getParent());
        Files.writeString(tree.resolve(path), content);
    }

    private static Path largest(Path image) throws Exception {
        try (Stream<Path> blobs = Files.list(image.resolve("blobs/sha256"))) {
            return blobs.max(Comparator.comparingLong(blob -> blob.toFile().length()))
                    .orElseThrow();
        }
    }

    /** All but directories, with their content. */
    private Map<String, String> files(Path image) throws Exception {
        Map<String, String> found = new TreeMap<>();
        List<String> twice = new ArrayList<>();
        Path scratch = Files.createTempDirectory(directory, "scratch");
        try (EntryReader reader = Base.at(image).open(scratch, 1 << 20)) {
            for (Optional<TarEntry> next = reader.next(); next.isPresent(); next = reader.next()) {
                TarEntry entry = next.get();
                String content = switch (entry.kind()) {
                    case FILE -> new String(reader.content().readAllBytes(), StandardCharsets.UTF_8);
                    case SYMLINK -> "-> " + entry.link();
                    case HARDLINK -> "= " + entry.link();
                    case DIRECTORY, DEVICE, FIFO -> "";
                };
                if (entry.kind() != TarEntry.Kind.DIRECTORY && found.put(entry.path(), content) != null) {
                    twice.add(entry.path());
                }
            }
        }
        assertThat(twice).isEmpty();
        return found;
    }
}

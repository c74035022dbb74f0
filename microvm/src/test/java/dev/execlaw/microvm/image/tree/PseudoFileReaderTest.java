package dev.execlaw.microvm.image.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.image.ImageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Listings in the form of unsquashfs 4.6, whatever version this host has; builds read those of the real one. */
class PseudoFileReaderTest {

    private static final String DATA = "#\n# START OF DATA - DO NOT MODIFY\n#\n";

    @TempDir
    Path directory;

    @Test
    void extendedAttributesFollowTheirEntry() throws IOException {
        List<TarEntry> entries = read("""
                / D 1 755 0 0
                / x trusted.root=yes
                a\\ b R 1 755 0 0 2 0
                a\\ b x security.capability=0t\\001\\000\\000\\002\\000 \\134\\377
                a\\ b x user.note=k=v \\ plain
                link S 1 777 0 0 a b
                c R 1 644 0 0 1 2
                c x user.empty=
                """ + DATA + "xyz");
        assertThat(entries).extracting(TarEntry::path).containsExactly("/", "/a b", "/link", "/c");
        assertThat(entries.get(0).xattrs()).containsOnlyKeys("trusted.root");
        assertThat(entries.get(1).xattrs().get("security.capability")).containsExactly(1, 0, 0, 2, 0, ' ', '\\', 0xff);
        assertThat(entries.get(1).xattrs().get("user.note")).asString().isEqualTo("k=v \\ plain");
        assertThat(entries.get(2).xattrs()).isEmpty();
        assertThat(entries.get(3).xattrs().get("user.empty")).isEmpty();
    }

    @Test
    void contentsAreThoseOfTheirEntries() throws IOException {
        Path file = write("a R 1 644 0 0 2 0\na x user.n=1\nb R 1 644 0 0 1 2\n" + DATA + "xyz");
        try (PseudoFileReader reader = new PseudoFileReader(file)) {
            assertThat(reader.next()).isPresent();
            assertThat(reader.content().readAllBytes()).asString().isEqualTo("xy");
            assertThat(reader.next()).isPresent();
            assertThat(reader.content().readAllBytes()).asString().isEqualTo("z");
            assertThat(reader.next()).isEmpty();
            assertThat(reader.next()).isEmpty();
        }
    }

    @Test
    void refusesAttributesOfAnotherEntryAndThoseThatAreNone() {
        for (String line : List.of("b x user.n=1", "a x user.n", "a x user.a b=1", "a x n=1")) {
            assertThatThrownBy(() -> read("a R 1 644 0 0 0 0\n" + line + "\n" + DATA))
                    .as(line)
                    .isInstanceOf(ImageException.class);
        }
    }

    private List<TarEntry> read(String listing) throws IOException {
        List<TarEntry> entries = new ArrayList<>();
        try (PseudoFileReader reader = new PseudoFileReader(write(listing))) {
            for (Optional<TarEntry> next = reader.next(); next.isPresent(); next = reader.next()) {
                entries.add(next.get());
            }
        }
        return entries;
    }

    private Path write(String listing) throws IOException {
        return Files.writeString(directory.resolve("listing"), listing, StandardCharsets.ISO_8859_1);
    }
}

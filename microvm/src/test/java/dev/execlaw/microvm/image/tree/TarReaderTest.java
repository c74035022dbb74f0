package dev.execlaw.microvm.image.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.tree.TarEntry.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TarReaderTest {

    @Test
    void readsEntriesAndTheirContents() throws IOException {
        byte[] tar = new TarBytes()
                .directory("./")
                .directory("./etc/")
                .file("./etc//hostname", "nullclaw\n")
                .symbolicLink("etc/mtab", "../proc/self/mounts")
                .hardLink("etc/name", "./etc/hostname")
                .end();
        try (TarReader reader = reader(tar, TarLimits.DEFAULT)) {
            assertThat(reader.next().orElseThrow().path()).isEqualTo("/");
            assertThat(reader.next().orElseThrow())
                    .returns("/etc", TarEntry::path)
                    .returns(Kind.DIRECTORY, TarEntry::kind);
            assertThat(reader.next().orElseThrow())
                    .returns("/etc/hostname", TarEntry::path)
                    .returns(9L, TarEntry::size)
                    .returns(0644, TarEntry::mode)
                    .returns(15L, TarEntry::mtime);
            assertThat(new String(reader.content().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("nullclaw\n");
            assertThat(reader.next().orElseThrow())
                    .returns(Kind.SYMLINK, TarEntry::kind)
                    .returns("../proc/self/mounts", TarEntry::link);
            assertThat(reader.next().orElseThrow())
                    .returns(Kind.HARDLINK, TarEntry::kind)
                    .returns("/etc/hostname", TarEntry::link);
            assertThat(reader.next()).isEmpty();
            assertThat(reader.next()).isEmpty();
        }
    }

    @Test
    void contentThatIsNotReadIsSkipped() throws IOException {
        byte[] tar = new TarBytes().file("a", "x".repeat(1500)).file("b", "y").end();
        try (TarReader reader = reader(tar, TarLimits.DEFAULT)) {
            reader.next();
            assertThat(reader.content().read()).isEqualTo('x');
            assertThat(reader.next().orElseThrow().path()).isEqualTo("/b");
        }
    }

    @Test
    void takesLongNamesOfPax() throws IOException {
        String path = "d/".repeat(100) + "file";
        byte[] tar = new TarBytes()
                .pax("path", path, "mtime", "1700000000.25", "uid", "3000000")
                .file("short", "1")
                .file("after", "2")
                .end();
        assertThat(all(tar))
                .first()
                .returns("/" + path, TarEntry::path)
                .returns(3_000_000L, TarEntry::uid)
                .returns(1_700_000_000L, TarEntry::mtime);
        assertThat(all(tar).get(1).path()).isEqualTo("/after");
    }

    @Test
    void takesLongNamesAndLinksOfGnu() throws IOException {
        String path = "g/".repeat(120) + "file";
        String target = "/t".repeat(90);
        byte[] tar = new TarBytes()
                .entry('L', "././@LongLink", "", (path + "\0").getBytes(StandardCharsets.UTF_8))
                .entry('K', "././@LongLink", "", (target + "\0").getBytes(StandardCharsets.UTF_8))
                .symbolicLink("short", "short")
                .end();
        assertThat(all(tar)).singleElement().returns("/" + path, TarEntry::path).returns(target, TarEntry::link);
    }

    @Test
    void takesTheUstarPrefixAndBinarySizes() throws IOException {
        byte[] block = TarBytes.header('0', "name", "", 0);
        TarBytes.put(block, 345, "a/long/prefix");
        block[124] = (byte) 0x80;
        for (int i = 125; i < 136; i++) {
            block[i] = 0;
        }
        block[135] = 3;
        byte[] tar = new TarBytes()
                .header(TarBytes.sealed(block))
                .raw("abc".getBytes(StandardCharsets.UTF_8))
                .raw(new byte[509])
                .end();
        assertThat(all(tar))
                .singleElement()
                .returns("/a/long/prefix/name", TarEntry::path)
                .returns(3L, TarEntry::size);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../evil", "a/../../evil", "a/..", "..", "./../evil"})
    void refusesNamesThatLeadOutside(String name) {
        assertThatThrownBy(() -> all(new TarBytes().file(name, "x").end()))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("\"" + name + "\" leads out of the archive");
        assertThatThrownBy(() ->
                        all(new TarBytes().pax("path", name).file("ok", "x").end()))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("\"" + name + "\"");
        assertThatThrownBy(() -> all(new TarBytes().hardLink("ok", name).end()))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("\"" + name + "\"");
    }

    @Test
    void refusesAbsoluteNames() {
        assertThatThrownBy(() -> all(new TarBytes().file("/etc/passwd", "x").end()))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("\"/etc/passwd\" is an absolute path");
    }

    @ParameterizedTest
    @ValueSource(chars = {'S', 'V', 'D', 'Z'})
    void refusesUnknownTypes(char type) {
        assertThatThrownBy(() ->
                        all(new TarBytes().entry(type, "odd", "", new byte[0]).end()))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("\"/odd\" is of the unknown type '" + type + "'");
    }

    @Test
    void refusesSparsePax() {
        assertThatThrownBy(() -> all(new TarBytes()
                        .pax("GNU.sparse.major", "1")
                        .file("a", "x")
                        .end()))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("sparse");
    }

    @Test
    void refusesMoreContentThanTheLimit() {
        byte[] tar = new TarBytes().file("a", "12345").file("b", "12345").end();
        assertThatThrownBy(() -> all(tar, new TarLimits(10, 9)))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("\"/b\" of 5 bytes")
                .hasMessageContaining("9 bytes");
        byte[] lie = new TarBytes()
                .header(TarBytes.header('0', "huge", "", 8L << 30))
                .end();
        assertThatThrownBy(() -> all(lie, new TarLimits(10, 1 << 20)))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("\"/huge\"");
    }

    @Test
    void refusesTenMillionEntries() {
        InputStream endless = new RepeatedBlock(TarBytes.header('0', "one-of-many", "", 0), 10_000_000);
        assertThatThrownBy(() -> {
                    try (TarReader reader = new TarReader(endless, TarLimits.DEFAULT)) {
                        while (reader.next().isPresent()) {
                            // Only the count matters.
                        }
                    }
                })
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("more than 2000000 entries")
                .hasMessageContaining("one-of-many");
    }

    @Test
    void extendedHeadersCountAsEntriesSoThatTheyCannotComeForEver() {
        TarBytes tar = new TarBytes();
        for (int i = 0; i < 11; i++) {
            tar.pax("comment", "x");
        }
        assertThatThrownBy(() -> all(tar.end(), new TarLimits(10, 1 << 20)))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("more than 10 entries");
    }

    @Test
    void refusesAnExtendedHeaderOfGigabytes() {
        byte[] tar =
                new TarBytes().header(TarBytes.header('x', "x", "", 4L << 30)).end();
        assertThatThrownBy(() -> all(tar)).isInstanceOf(ImageException.class).hasMessageContaining("1048576");
    }

    @Test
    void refusesWhatIsCutOff() {
        byte[] whole = new TarBytes().file("a", "x".repeat(600)).end();
        for (int length : new int[] {0, 100, 511, 600, 1200}) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> all(part))
                    .isInstanceOf(ImageException.class)
                    .hasMessageContaining("cut off");
        }
    }

    @Test
    void refusesWhatIsNoTar() {
        byte[] html = "<!DOCTYPE html><html><body>Please log in</body></html>"
                .repeat(20)
                .getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> all(html))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("not a tar archive");
    }

    @Test
    void refusesNamesThatNoFileCanHave() {
        for (String name : List.of("a\0b", "a\nb", "a\u001bb")) {
            assertThatThrownBy(() ->
                            all(new TarBytes().pax("path", name).file("c", "").end()))
                    .isInstanceOf(ImageException.class)
                    .hasMessageContaining("\"a?b\" has control characters");
        }
        assertThatThrownBy(() -> all(new TarBytes()
                        .pax("path", "n".repeat(5000))
                        .file("c", "")
                        .end()))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("4096");
        assertThatThrownBy(() -> all(new TarBytes().file("", "").end()))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("a name of 0 bytes");
    }

    @Test
    void takesExtendedAttributes() throws IOException {
        byte[] tar = new TarBytes()
                .pax("SCHILY.xattr.user.note", "a=b\n", "SCHILY.xattr.security.capability", "c")
                .file("with", "")
                .file("without", "")
                .end();
        assertThat(all(tar).get(0).xattrs()).containsOnlyKeys("user.note", "security.capability");
        assertThat(all(tar).get(0).xattrs().get("user.note")).asString().isEqualTo("a=b\n");
        assertThat(all(tar).get(1).xattrs()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"user.a b", "user.a\nrdump / /tmp", "user.\"", "note", "other.note", "user."})
    void refusesNamesOfAttributesThatAreMoreThanAName(String name) {
        assertThatThrownBy(() -> all(new TarBytes()
                        .pax("SCHILY.xattr." + name, "x")
                        .file("a", "")
                        .end()))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("the extended attribute \"" + name.replace('\n', '?') + "\" is refused");
    }

    static List<TarEntry> all(byte[] tar) throws IOException {
        return all(tar, TarLimits.DEFAULT);
    }

    static List<TarEntry> all(byte[] tar, TarLimits limits) throws IOException {
        List<TarEntry> entries = new ArrayList<>();
        try (TarReader reader = reader(tar, limits)) {
            for (Optional<TarEntry> next = reader.next(); next.isPresent(); next = reader.next()) {
                entries.add(next.get());
            }
        }
        return entries;
    }

    static TarReader reader(byte[] tar, TarLimits limits) {
        return new TarReader(new ByteArrayInputStream(tar), limits);
    }

    /** The same block over and over, without keeping it. */
    private static final class RepeatedBlock extends InputStream {
        private final byte[] block;
        private long left;

        RepeatedBlock(byte[] block, long times) {
            this.block = block;
            this.left = times * block.length;
        }

        @Override
        public int read() {
            return left == 0 ? -1 : block[(int) (-left-- & 511)] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            if (left == 0) {
                return -1;
            }
            int at = (int) (-left & 511);
            int count = Math.min(length, block.length - at);
            System.arraycopy(block, at, into, offset, count);
            left -= count;
            return count;
        }
    }
}

package dev.execlaw.microvm.image.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TarExtractorTest {

    @TempDir
    Path dir;

    private Path root;
    private Path outside;

    @BeforeEach
    void directories() throws IOException {
        root = Files.createDirectory(dir.resolve("root"));
        outside = Files.createDirectory(dir.resolve("outside"));
        Files.writeString(outside.resolve("passwd"), "untouched");
    }

    @Test
    void unpacksWhatGnuTarPacked() throws Exception {
        Path tree = Files.createDirectories(dir.resolve("tree/usr/bin"));
        Files.writeString(tree.resolve("tool"), "#!/bin/sh\n");
        Files.setAttribute(tree.resolve("tool"), "unix:mode", 04755);
        Files.setLastModifiedTime(tree.resolve("tool"), FileTime.fromMillis(1_000_000_000_000L));
        Files.createSymbolicLink(dir.resolve("tree/bin"), Path.of("usr/bin"));
        Files.createLink(tree.resolve("zz-same"), tree.resolve("tool"));
        String deep = ("d".repeat(60) + "/").repeat(5);
        Files.createDirectories(dir.resolve("tree/" + deep));
        Files.writeString(dir.resolve("tree/" + deep + "főtanúsítvány"), "x");
        for (String format : new String[] {"gnu", "posix"}) {
            Path target = Files.createDirectory(dir.resolve(format));
            Path tar = dir.resolve(format + ".tar");
            Process process = new ProcessBuilder(
                            "tar",
                            "--format=" + format,
                            "-C",
                            dir.resolve("tree").toString(),
                            "-cf",
                            tar.toString(),
                            ".")
                    .inheritIO()
                    .start();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();

            extract(target, Files.newInputStream(tar));

            assertThat(target.resolve("usr/bin/tool")).hasContent("#!/bin/sh\n");
            assertThat((int) Files.getAttribute(target.resolve("usr/bin/tool"), "unix:mode") & 07777)
                    .isEqualTo(04755);
            assertThat(Files.getLastModifiedTime(target.resolve("usr/bin/tool")).toMillis())
                    .isEqualTo(1_000_000_000_000L);
            assertThat(Files.readSymbolicLink(target.resolve("bin"))).isEqualTo(Path.of("usr/bin"));
            assertThat(Files.isSameFile(target.resolve("usr/bin/tool"), target.resolve("usr/bin/zz-same")))
                    .isTrue();
            assertThat(target.resolve(deep + "főtanúsítvány")).hasContent("x");
        }
    }

    @Test
    void neverWritesThroughASymbolicLink() {
        assertRefused(
                new TarBytes().symbolicLink("etc", outside.toString()).file("etc/passwd", "evil"), "\"etc/passwd\"");
        assertRefused(new TarBytes().symbolicLink("etc2", "../outside").directory("etc2/new"), "\"etc2/new\"");
        assertRefused(new TarBytes().symbolicLink("a", "../outside").hardLink("stolen", "a/passwd"), "\"a/passwd\"");
        assertThat(root.resolve("stolen")).doesNotExist();
        assertThat(outside.resolve("new")).doesNotExist();
    }

    @Test
    void aFileReplacesALinkInsteadOfWritingThroughIt() throws IOException {
        extract(
                root,
                new TarBytes()
                        .symbolicLink("passwd", outside.resolve("passwd").toString())
                        .file("passwd", "inside"));
        assertThat(root.resolve("passwd")).hasContent("inside");
        assertThat(Files.isSymbolicLink(root.resolve("passwd"))).isFalse();
        assertThat(outside.resolve("passwd")).hasContent("untouched");
    }

    @Test
    void aDirectoryEntryDoesNotAdoptALinkToADirectory() throws IOException {
        extract(
                root,
                new TarBytes()
                        .symbolicLink("d", outside.toString())
                        .directory("d/")
                        .file("d/x", "inside"));
        assertThat(Files.isDirectory(root.resolve("d"), LinkOption.NOFOLLOW_LINKS))
                .isTrue();
        assertThat(outside.resolve("x")).doesNotExist();
    }

    @Test
    void refusesHardLinksToWhatIsNotInTheArchive() {
        assertRefused(new TarBytes().hardLink("x", "not/there"), "\"not/there\"");
        assertRefused(
                new TarBytes()
                        .symbolicLink("l", outside.resolve("passwd").toString())
                        .hardLink("x", "l"),
                "\"l\"");
    }

    @Test
    void refusesAFileInPlaceOfADirectory() {
        assertRefused(new TarBytes().file("d/x", "1").file("d", "2"), "\"d\"");
        assertRefused(new TarBytes().symbolicLink("./", outside.toString()), "root");
    }

    private void assertRefused(TarBytes tar, String named) {
        assertThatThrownBy(() -> extract(root, tar))
                .isInstanceOf(ArchiveException.class)
                .hasMessageContaining(named)
                .hasMessageContaining("refused");
        assertThat(outside.resolve("passwd")).hasContent("untouched");
    }

    private static void extract(Path target, TarBytes tar) throws IOException {
        extract(target, new java.io.ByteArrayInputStream(tar.end()));
    }

    private static void extract(Path target, InputStream in) throws IOException {
        try (TarReader reader = new TarReader(in, TarLimits.DEFAULT)) {
            new TarExtractor(target, false).extract(reader);
        }
    }
}

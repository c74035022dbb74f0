package dev.execlaw.microvm.image.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.process.Command;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TreeTest {

    private static final Tree.Limits LIMITS = new Tree.Limits(100, 1_000_000, false);

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"pax", "gnu", "ustar"})
    void readsWhatTarWrites(String format) throws Exception {
        String deep = "d".repeat(90) + "/" + "e".repeat(80);
        Path root = directory.resolve("root");
        Files.createDirectories(root.resolve(deep));
        Files.writeString(root.resolve(deep).resolve("file"), "content");
        Files.writeString(root.resolve("a b"), "x".repeat(1000));
        Files.createSymbolicLink(root.resolve("link"), Path.of("a b"));
        Files.createLink(root.resolve("z"), root.resolve("a b"));
        byte[] tar = tar("--format=" + format, "-C", root.toString(), ".");

        Path unpacked = unpack(checked(tar, LIMITS));

        assertThat(unpacked.resolve(deep).resolve("file")).hasContent("content");
        assertThat(unpacked.resolve("a b")).hasContent("x".repeat(1000));
        assertThat(Files.readSymbolicLink(unpacked.resolve("link"))).isEqualTo(Path.of("a b"));
        assertThat(Files.isSameFile(unpacked.resolve("z"), unpacked.resolve("a b")))
                .isTrue();
    }

    @Test
    void keepsNamesThatAreNoText() throws Exception {
        byte[] name = {'n', (byte) 0xff, (byte) 0xfe, (byte) 0xc3};
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Tree tree = new Tree(out, LIMITS, path -> false);
        tree.put(entry("/" + new String(name, StandardCharsets.ISO_8859_1), TarEntry.Kind.FILE, "", 0), empty());
        tree.finish();

        assertThat(entries(out.toByteArray()).getLast().path().getBytes(StandardCharsets.ISO_8859_1))
                .endsWith(name);
    }

    @Test
    void keepsOwnersAndSetuidOutOfTheTarButInTheEntries() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Tree tree = new Tree(out, LIMITS, path -> false);
        tree.put(new TarEntry("/su", TarEntry.Kind.FILE, 04755, 7, 8, 9, 0, "", Map.of()), empty());
        tree.finish();

        assertThat(tree.entry("/su")).hasValueSatisfying(entry -> {
            assertThat(entry.mode()).isEqualTo(04755);
            assertThat(entry.uid()).isEqualTo(7);
        });
        TarEntry written = entries(out.toByteArray()).getLast();
        assertThat(written.mode()).isEqualTo(0755);
        assertThat(written.uid()).isZero();
    }

    @Test
    void refusesAnythingBelowASymbolicLink() throws Exception {
        Path root = Files.createDirectory(directory.resolve("root"));
        Files.createSymbolicLink(root.resolve("etc"), Path.of("/"));
        byte[] first = tar("-C", root.toString(), "etc");
        Path other = Files.createDirectories(directory.resolve("other/etc"));
        Files.writeString(other.resolve("passwd"), "owned");
        byte[] second = tar("-C", other.getParent().toString(), "etc/passwd");

        assertThatThrownBy(() -> {
                    Tree tree = new Tree(new ByteArrayOutputStream(), LIMITS, path -> false);
                    tree.copy(new TarReader(new ByteArrayInputStream(first)), path -> false);
                    tree.copy(new TarReader(new ByteArrayInputStream(second)), path -> false);
                })
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("/etc/passwd")
                .hasMessageContaining("symbolic link to \"/\"");
    }

    @Test
    void refusesAbsolutePathsAndPathsUpwards() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "x");
        byte[] absolute = tar("-P", file.toString());
        byte[] upwards = tar("-P", "--transform=s,^.*$,a/../../b,", file.toString());

        assertThatThrownBy(() -> checked(absolute, LIMITS)).hasMessageContaining("absolute path");
        assertThatThrownBy(() -> checked(upwards, LIMITS)).hasMessageContaining("\"..\"");
    }

    @Test
    void refusesAHardLinkOutOfTheTree() {
        assertThatThrownBy(() -> {
                    Tree tree = new Tree(new ByteArrayOutputStream(), LIMITS, path -> false);
                    tree.put(entry("/link", TarEntry.Kind.HARDLINK, "/etc/shadow", 0), empty());
                })
                .hasMessageContaining("/etc/shadow");
    }

    @Test
    void refusesDevicesUnlessTheyAreTheUsualOnes() throws Exception {
        TarEntry device = entry("/dev/null", TarEntry.Kind.DEVICE, "", 0);
        Tree strict = new Tree(new ByteArrayOutputStream(), LIMITS, path -> false);
        Tree lenient = new Tree(new ByteArrayOutputStream(), new Tree.Limits(100, 100, true), path -> false);

        assertThatThrownBy(() -> strict.put(device, empty())).hasMessageContaining("/dev/null");
        lenient.put(device, empty());
        assertThat(lenient.entry("/dev/null")).isEmpty();
        assertThatThrownBy(() -> lenient.put(entry("/root/sda", TarEntry.Kind.DEVICE, "", 0), empty()))
                .hasMessageContaining("/root/sda");
    }

    @Test
    void refusesMoreThanTheLimits() throws Exception {
        Tree full = new Tree(new ByteArrayOutputStream(), new Tree.Limits(100, 10, false), path -> false);
        Tree tree = new Tree(new ByteArrayOutputStream(), new Tree.Limits(3, 10, false), path -> false);

        assertThatThrownBy(() ->
                        full.put(entry("/big", TarEntry.Kind.FILE, "", 11), new ByteArrayInputStream(new byte[11])))
                .hasMessageContaining("10 bytes");
        assertThatThrownBy(() -> {
                    for (String name : List.of("/b", "/c", "/d")) {
                        tree.put(entry(name, TarEntry.Kind.DIRECTORY, "", 0), empty());
                    }
                })
                .hasMessageContaining("3 entries");
    }

    @Test
    void refusesWhatIsNoTar() {
        byte[] html = "<!DOCTYPE html><html><body>Please log in to the network"
                .repeat(20)
                .getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> checked(html, LIMITS)).isInstanceOf(ImageException.class);
    }

    @Test
    void overlayDropsReplacesAndAdds() throws Exception {
        Path root = Files.createDirectories(directory.resolve("root/etc/ssh"));
        Files.writeString(root.resolve("ssh_host_rsa_key"), "secret");
        Files.writeString(root.resolve("sshd_config"), "kept");
        Files.createSymbolicLink(root.getParent().resolve("resolv.conf"), Path.of("../run/resolv.conf"));
        Overlay overlay = Overlay.parse("""
                # a comment
                drop /etc/ssh/ssh_host_*
                file 0600 /etc/resolv.conf
                mask a.service b.timer
                link /bin/x y
                dir 0700 /var/empty
                empty 0444 /etc/machine-id
                """, path -> ("content of " + path).getBytes(StandardCharsets.UTF_8));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Tree tree = new Tree(out, LIMITS, "/etc/resolv.conf"::equals);
        tree.copy(
                new TarReader(new ByteArrayInputStream(
                        tar("-C", directory.resolve("root").toString(), "."))),
                overlay.dropped());
        overlay.layOver(tree, 1);
        tree.finish();

        Path unpacked = unpack(out.toByteArray());
        assertThat(unpacked.resolve("etc/ssh/ssh_host_rsa_key")).doesNotExist();
        assertThat(unpacked.resolve("etc/ssh/sshd_config")).hasContent("kept");
        assertThat(unpacked.resolve("etc/resolv.conf")).isRegularFile().hasContent("content of /etc/resolv.conf");
        assertThat(Files.readSymbolicLink(unpacked.resolve("etc/systemd/system/b.timer")))
                .isEqualTo(Path.of("/dev/null"));
        assertThat(tree.entry("/var/empty"))
                .hasValueSatisfying(e -> assertThat(e.mode()).isEqualTo(0700));
        assertThat(tree.captured("/etc/resolv.conf")).isPresent();
    }

    @Test
    void cpioIsReadByCpioAndIsTheSameEachTime() throws Exception {
        Path file = Files.write(directory.resolve("archive"), sample());
        Path target = Files.createDirectory(directory.resolve("cpio"));

        Command.of("cpio", "--extract", "--make-directories", "--quiet")
                .directory(target)
                .inputFrom(file)
                .runOrThrow();

        assertThat(target.resolve("bin/tool")).hasContent("tool").isExecutable();
        assertThat(Files.readSymbolicLink(target.resolve("bin/sh"))).isEqualTo(Path.of("tool"));
        assertThat(sample()).isEqualTo(Files.readAllBytes(file));
    }

    private static byte[] sample() {
        return new Cpio()
                .directory("bin", 0755)
                .file("bin/tool", 0755, "tool".getBytes(StandardCharsets.UTF_8))
                .link("bin/sh", "tool")
                .finish();
    }

    private static byte[] checked(byte[] tar, Tree.Limits limits) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Tree tree = new Tree(out, limits, path -> false);
        tree.copy(new TarReader(new ByteArrayInputStream(tar)), path -> false);
        tree.finish();
        return out.toByteArray();
    }

    private static List<TarEntry> entries(byte[] tar) throws IOException {
        TarReader reader = new TarReader(new ByteArrayInputStream(tar));
        List<TarEntry> entries = new ArrayList<>();
        for (var next = reader.next(); next.isPresent(); next = reader.next()) {
            entries.add(next.get());
        }
        return entries;
    }

    private byte[] tar(String... arguments) throws Exception {
        Path archive = Files.createTempFile(directory, "made", ".tar");
        List<String> argv = new ArrayList<>(List.of("tar", "-c", "-f", archive.toString()));
        argv.addAll(List.of(arguments));
        Command.of(argv).runOrThrow();
        return Files.readAllBytes(archive);
    }

    private Path unpack(byte[] tar) throws Exception {
        Path archive = Files.write(Files.createTempFile(directory, "checked", ".tar"), tar);
        Path target = Files.createTempDirectory(directory, "unpacked");
        Command.of("tar", "-x", "-f", archive.toString(), "-C", target.toString())
                .runOrThrow();
        return target;
    }

    private static TarEntry entry(String path, TarEntry.Kind kind, String link, long size) {
        return new TarEntry(path, kind, 0644, 0, 0, 0, size, link, Map.of());
    }

    private static ByteArrayInputStream empty() {
        return new ByteArrayInputStream(new byte[0]);
    }
}

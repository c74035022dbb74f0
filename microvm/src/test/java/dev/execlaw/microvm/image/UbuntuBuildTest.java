package dev.execlaw.microvm.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.image.recipe.ArchiveRecipe;
import dev.execlaw.microvm.image.recipe.BuildOptions;
import dev.execlaw.microvm.image.recipe.SmallTree;
import dev.execlaw.microvm.image.recipe.UbuntuRecipe;
import dev.execlaw.microvm.process.Command;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole builds from small local files: every step of the recipe, and what the image then holds. */
class UbuntuBuildTest {

    private static final BuildOptions OPTIONS = new BuildOptions(512, List.of("9.9.9.9"), null);

    @TempDir
    Path directory;

    private Path tree;
    private Path kernel;
    private Path squashfs;

    @BeforeEach
    void makeFiles() throws Exception {
        tree = SmallTree.directory(directory.resolve("tree"));
        kernel = SmallTree.kernel(directory.resolve("vmlinux-6.1.141"));
        Command.of("chown", "-R", "1000:1000", tree.resolve("var").toString()).runOrThrow();
        Command.of("chown", "0:42", tree.resolve("usr/bin/curl").toString()).runOrThrow();
        Command.of("chmod", "2755", tree.resolve("usr/bin/curl").toString()).runOrThrow();
        squashfs = SmallTree.squashfs(tree, directory.resolve("ubuntu-24.04.squashfs"));
    }

    @Test
    void theImageHoldsWhatTheGuideSays() throws Exception {
        Files.writeString(directory.resolve("ubuntu-24.04.manifest"), "openssh-server:amd64\t1:9.6p1\n");
        Path binary = staticProgram();
        ImageStore store = new ImageStore(directory.resolve("data"));
        Image image = new ImageBuilder(store, Progress.NONE)
                .build(new UbuntuRecipe(kernel, null, squashfs), OPTIONS.withAgentBinary(binary), false);

        Ext4 ext4 = new Ext4(image.rootfs(), directory);
        assertThat(ext4.read("/usr/local/bin/nullclaw")).hasValue(Files.readAllBytes(binary));
        assertThat(ext4.stat("/usr/local/bin/nullclaw")).hasValue(new Ext4.Stat("regular", 0755));
        assertThat(text(ext4, "/etc/ssl/certs/ca-certificates.crt"))
                .isEqualTo(Files.readString(Path.of("/etc/ssl/certs/ca-certificates.crt")));
        assertThat(ext4.stat("/etc/resolv.conf")).hasValue(new Ext4.Stat("regular", 0644));
        assertThat(text(ext4, "/etc/resolv.conf")).isEqualTo("nameserver 9.9.9.9\n");
        assertThat(text(ext4, "/etc/systemd/system/serial-getty@ttyS0.service.d/override.conf"))
                .contains("ExecStart=\n", "--autologin root", " -f ");
        assertThat(text(ext4, "/etc/rc.local")).contains("fc_ip=", "fc_gw=", "fc_dns=");
        assertThat(ext4.stat("/etc/systemd/system/multi-user.target.wants/rc-local.service"))
                .hasValueSatisfying(stat -> assertThat(stat.type()).isEqualTo("symlink"));
        assertThat(ext4.stat("/etc/systemd/system/fcnet.service"))
                .hasValueSatisfying(stat -> assertThat(stat.type()).isEqualTo("symlink"));
        assertThat(ext4.read("/etc/machine-id")).hasValue(new byte[0]);
        assertThat(ext4.read("/etc/ssh/ssh_host_rsa_key")).isEmpty();
        assertThat(ext4.read("/etc/systemd/system/ssh.service.d/host-keys.conf"))
                .isPresent();
        assertThat(text(ext4, "/usr/lib/execlaw/console.bash")).contains("133;A");
        assertThat(owners(image, "/var/lib/dpkg/status", "/usr/bin/curl", "/usr/local/bin/nullclaw"))
                .as("all is root's")
                .containsOnly("User: 0 Group: 0");
        assertThat(ext4.stat("/usr/bin/curl"))
                .as("no set-gid root out of another group's")
                .hasValue(new Ext4.Stat("regular", 0755));
        assertThat(text(ext4, "/usr/bin/hard link")).isEqualTo(text(ext4, "/usr/bin/curl"));
        assertThat(Files.size(image.rootfs())).isEqualTo(512L << 20);
        assertThat(image.initramfs()).isNull();
        assertThat(image.name()).isEqualTo("ubuntu-24.04");
        assertThat(image.agent().kind()).isEqualTo("nullclaw");
        assertThat(store.manifest(image).packages())
                .containsEntry("openssh-server", "1:9.6p1")
                .containsEntry("systemd", "255.4-1ubuntu8");
        assertThat(store.manifest(image).inputs()).containsEntry("OpenBase.file", "ubuntu-24.04.squashfs");
        assertThat(store.verify(image).checks())
                .allSatisfy(
                        check -> assertThat(check.passed()).as(check.toString()).isTrue());
    }

    @Test
    void theSameInputsGiveTheSameBytes() throws Exception {
        Image first = build("data one", squashfs);
        Image second = build("data two", squashfs);

        assertThat(second.id()).isEqualTo(first.id());
        assertThat(sha256(second.rootfs())).isEqualTo(sha256(first.rootfs()));
        assertThat(second.directory()).isNotEqualTo(first.directory());
    }

    @Test
    void everyFormOfTheTreeGivesTheSameFileSystem() throws Exception {
        String wanted = sha256(build("of squashfs", squashfs).rootfs());

        assertThat(sha256(build("of tar", SmallTree.tar(tree, directory.resolve("t.tar")))
                        .rootfs()))
                .isEqualTo(wanted);
        assertThat(sha256(build("of gzip", SmallTree.tar(tree, directory.resolve("t.tgz"), "-z"))
                        .rootfs()))
                .isEqualTo(wanted);
        assertThat(sha256(build("of zstd", SmallTree.tar(tree, directory.resolve("t.zst"), "--zstd"))
                        .rootfs()))
                .isEqualTo(wanted);
        assertThat(sha256(build("of directory", tree).rootfs())).isEqualTo(wanted);
    }

    @Test
    void nothingIsBuiltWhenNothingHasChanged() throws Exception {
        Image first = build("data", squashfs);
        List<String> steps = new ArrayList<>();
        Image second = new ImageBuilder(store("data"), new Steps(steps))
                .build(new UbuntuRecipe(kernel, null, squashfs), OPTIONS, false);
        assertThat(second).isEqualTo(first);
        assertThat(steps).isEmpty();

        Files.writeString(tree.resolve("etc/added"), "x");
        Path changed = SmallTree.squashfs(tree, directory.resolve("changed"));
        Image third = new ImageBuilder(store("data"), new Steps(steps))
                .build(new UbuntuRecipe(kernel, null, changed), OPTIONS, false);
        assertThat(third.id()).isNotEqualTo(first.id());
        assertThat(steps).containsExactly("kernel", "base tree", "guest files", "root filesystem", "checks");
        assertThat(store("data").list()).hasSize(2);
    }

    @Test
    void theKernelsConfigurationIsCheckedWhereItCanBeRead() throws Exception {
        Path config = directory.resolve("vmlinux-6.1.141.config");
        String good = """
                CONFIG_VIRTIO_MMIO=y
                CONFIG_VIRTIO_BLK=y
                CONFIG_VIRTIO_NET=%s
                CONFIG_EXT4_FS=y
                CONFIG_SERIAL_8250_CONSOLE=y
                CONFIG_DEVTMPFS=y
                CONFIG_IP_PNP=y
                """;
        Files.writeString(config, good.formatted("m"));
        assertThatThrownBy(() -> build("data", squashfs))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("not built in: CONFIG_VIRTIO_NET");

        Files.writeString(config, good.formatted("y"));
        Image image = build("data", squashfs);
        assertThat(store("data").verify(image).checks())
                .filteredOn(check -> check.name().equals("virtio in the kernel"))
                .singleElement()
                .satisfies(check -> assertThat(check.seen()).isEqualTo("all built in"));
    }

    @Test
    void anArchiveKeepsItsOwnersAndGivesItsName() throws Exception {
        Path archive = SmallTree.tar(tree, directory.resolve("My tools.tar.gz"), "-z");
        ArchiveRecipe recipe = new ArchiveRecipe(ArchiveRecipe.nameOf(archive), archive, kernel, null);
        Image image = new ImageBuilder(store("data"), Progress.NONE).build(recipe, OPTIONS, false);

        assertThat(image.name()).isEqualTo("my-tools");
        assertThat(store("data").require("my-tools")).isEqualTo(image);
        assertThat(owners(image, "/var/lib/dpkg/status")).containsExactly("User: 1000 Group: 1000");
        assertThat(new Ext4(image.rootfs(), directory).stat("/usr/bin/curl")).hasValue(new Ext4.Stat("regular", 02755));
        assertThatThrownBy(() -> new ArchiveRecipe("debian", archive, kernel, null))
                .hasMessageContaining("--name");
    }

    @Test
    void extendedAttributesAreKept() throws Exception {
        Files.setAttribute(tree.resolve("usr/bin/curl"), "user:note", ByteBuffer.wrap(new byte[] {'n', 0, '\n'}));
        Path tar = SmallTree.tar(tree, directory.resolve("with.tar"), "--format=pax", "--xattrs");
        assertThat(xattr(build("of tar", tar), "/usr/bin/curl", "user.note")).containsExactly('n', 0, '\n');

        Image image = build("of squashfs", SmallTree.squashfs(tree, directory.resolve("with.squashfs")));
        String xattrs = store("of squashfs").manifest(image).inputs().get("OpenBase.xattrs");
        if (xattrs.equals("kept")) {
            assertThat(xattr(image, "/usr/bin/curl", "user.note")).containsExactly('n', 0, '\n');
        } else {
            assertThat(xattrs).isEqualTo("left out, unsquashfs is older than 4.6");
        }
        Image without = build("of squashfs", squashfs);
        assertThat(store("of squashfs").manifest(without).inputs()).doesNotContainKey("OpenBase.xattrs");
    }

    @Test
    void exportsTheGuidesLayoutAndChangesNothingThatIsThere() throws Exception {
        Image image = build("data", squashfs);
        Path target = directory.resolve("export");

        List<Path> files = ImageExport.write(image, target);
        assertThat(files).containsExactly(target.resolve("vm-assets/vmlinux"), target.resolve("vm-assets/rootfs.ext4"));
        assertThat(files.getFirst()).hasSameBinaryContentAs(kernel);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(files.getFirst())))
                .isEqualTo("rwxr-xr-x");
        assertThat(sha256(files.getLast())).isEqualTo(sha256(image.rootfs()));
        assertThat(blocks(files.getLast())).as("sparse").isLessThan(64L << 20);

        FileTime before = Files.getLastModifiedTime(files.getLast());
        assertThat(ImageExport.write(image, target.resolve("vm-assets"))).hasSize(2);
        assertThat(Files.getLastModifiedTime(files.getLast())).isEqualTo(before);

        Files.writeString(files.getFirst(), "another kernel");
        assertThatThrownBy(() -> ImageExport.write(image, target))
                .hasMessageContaining("vmlinux")
                .hasMessageContaining("remove it or export elsewhere");
        assertThat(files.getFirst()).hasContent("another kernel");
    }

    private Image build(String data, Path rootfs) throws Exception {
        return new ImageBuilder(store(data), Progress.NONE)
                .build(new UbuntuRecipe(kernel, null, rootfs), OPTIONS, false);
    }

    private ImageStore store(String data) {
        return new ImageStore(directory.resolve(data));
    }

    /** A real static program: compiled, or busybox where there is no compiler. */
    private Path staticProgram() throws Exception {
        if (!Files.isExecutable(Path.of("/usr/bin/gcc"))) {
            return Path.of("/bin/busybox");
        }
        Path source = Files.writeString(directory.resolve("n.c"), "int main(void) { return 0; }\n");
        Path binary = directory.resolve("nullclaw");
        Command.of("gcc", "-static", "-o", binary.toString(), source.toString()).runOrThrow();
        return binary;
    }

    private List<String> owners(Image image, String... paths) throws Exception {
        List<String> owners = new ArrayList<>();
        for (String path : paths) {
            String stat = Command.of(
                            "debugfs", "-R", "stat " + path, image.rootfs().toString())
                    .runOrThrow()
                    .stdout();
            stat.lines()
                    .filter(line -> line.startsWith("User:"))
                    .map(line -> line.replaceAll(" +", " ").replaceAll(" (Project|Size).*", ""))
                    .forEach(owners::add);
        }
        return owners;
    }

    private static String sha256(Path file) throws Exception {
        return Command.of("sha256sum", file.toString()).runOrThrow().stdout().substring(0, 64);
    }

    private byte[] xattr(Image image, String path, String name) throws Exception {
        Path value = directory.resolve("value");
        Files.deleteIfExists(value);
        Command.of(
                        "debugfs",
                        "-R",
                        "ea_get -f " + value + " " + path + " " + name,
                        image.rootfs().toString())
                .runOrThrow();
        return Files.readAllBytes(value);
    }

    private static long blocks(Path file) throws Exception {
        String stat =
                Command.of("stat", "-c", "%b", file.toString()).runOrThrow().stdout();
        return Long.parseLong(stat.strip()) * 512;
    }

    /** Notes which steps begin. */
    private record Steps(List<String> begun) implements Progress {
        @Override
        public void begin(String step) {
            begun.add(step);
        }

        @Override
        public void advance(long done, long total, Unit unit) {}

        @Override
        public void note(String line) {}

        @Override
        public void end(String step, java.time.Duration took) {}
    }

    private static String text(Ext4 ext4, String path) throws Exception {
        return new String(ext4.read(path).orElseThrow(), StandardCharsets.UTF_8);
    }
}

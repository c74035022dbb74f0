package dev.execlaw.microvm.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.image.recipe.ArchiveRecipe;
import dev.execlaw.microvm.image.recipe.BuildOptions;
import dev.execlaw.microvm.image.recipe.SmallTree;
import dev.execlaw.microvm.image.recipe.UbuntuRecipe;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandResult;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What must not become an image: refused with the name of what is wrong, nothing left behind, the host not touched. */
class RefusedBuildTest {

    private static final BuildOptions OPTIONS = new BuildOptions(512, List.of("9.9.9.9"), null);

    @TempDir
    Path directory;

    private Path tree;
    private Path kernel;
    private ImageStore store;

    @BeforeEach
    void makeFiles() throws Exception {
        tree = SmallTree.directory(directory.resolve("tree"));
        kernel = SmallTree.kernel(directory.resolve("vmlinux"));
        store = new ImageStore(directory.resolve("data"));
    }

    @Test
    void aKernelThatIsNone() throws Exception {
        Path hostname = Files.writeString(directory.resolve("hostname"), "my-machine\n");
        Path thirtyTwo = SmallTree.elf(directory.resolve("vmlinux32"), 32, 3);
        Path other = SmallTree.elf(
                directory.resolve("vmlinux-other"), 64, Elf.hostMachine().equals("x86_64") ? 183 : 62);
        Path squashfs = squashfs();

        refused(() -> build(hostname, squashfs, OPTIONS), hostname.toString(), "my-machine", "vmlinux");
        refused(() -> build(thirtyTwo, squashfs, OPTIONS), thirtyTwo.toString(), "32-bit ELF for machine 3");
        refused(() -> build(other, squashfs, OPTIONS), other.toString(), "the guest is 64-bit " + Elf.hostMachine());
        refused(() -> build(Path.of("/bin/sh"), squashfs, OPTIONS), "/bin/sh", "shared libraries");
        refused(() -> build(directory.resolve("none"), squashfs, OPTIONS), "none is not a file");
    }

    @Test
    void aRootFileSystemThatIsNone() throws Exception {
        Path html = Files.writeString(directory.resolve("ubuntu.squashfs"), "<!DOCTYPE html><title>Log in</title>");
        Path cut = directory.resolve("cut.squashfs");
        Path damaged = directory.resolve("damaged.squashfs");
        Files.write(tree.resolve("usr/random"), random(300_000));
        byte[] whole = Files.readAllBytes(squashfs());
        Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
        Arrays.fill(whole, 1000, whole.length - 100, (byte) 7);
        Files.write(damaged, whole);

        refused(() -> build(kernel, html, OPTIONS), html.toString(), "<!DOCTYPE html>");
        refused(() -> build(kernel, cut, OPTIONS), cut.toString(), "is cut off");
        refused(() -> build(kernel, damaged, OPTIONS), damaged.toString(), "unsquashfs");
        refused(() -> build(kernel, directory.resolve("none"), OPTIONS), "there is no");
        refused(() -> build(kernel, directory.resolve("tree/etc"), OPTIONS), "/sbin/init");
    }

    @Test
    void anAgentBinaryOfAnotherMachine() throws Exception {
        Path arm = SmallTree.elf(
                directory.resolve("nullclaw"), 64, Elf.hostMachine().equals("x86_64") ? 183 : 62);

        refused(() -> build(kernel, squashfs(), OPTIONS.withAgentBinary(arm)), arm.toString(), "the guest is 64-bit");
    }

    @Test
    void anArchiveWithPathsThatLeadOut() throws Exception {
        Path outside = Files.writeString(directory.resolve("outside"), "untouched");
        Path absolute = directory.resolve("absolute.tar");
        Command.of("tar", "-P", "-cf", absolute.toString(), outside.toString()).runOrThrow();
        Path upwards = directory.resolve("upwards.tar");
        Command.of("tar", "-P", "-cf", upwards.toString(), "--transform=s,^.*$,usr/../../outside,", outside.toString())
                .runOrThrow();

        refused(() -> archive(absolute), absolute.toString(), outside.toString(), "absolute path");
        refused(() -> archive(upwards), upwards.toString(), "usr/../../outside", "\"..\"");
        assertThat(outside).hasContent("untouched");
    }

    @Test
    void aTreeWithDevicesOrPipes() throws Exception {
        Command.of("mknod", tree.resolve("usr/disk").toString(), "b", "8", "0").runOrThrow();
        refused(() -> archive(SmallTree.tar(tree, directory.resolve("device.tar"))), "/usr/disk", "device");
        refused(() -> build(kernel, squashfs(), OPTIONS), "/usr/disk", "device");
        refused(() -> archive(tree), "/usr/disk", "device");

        Files.delete(tree.resolve("usr/disk"));
        Command.of("mknod", tree.resolve("dev/console").toString(), "c", "5", "1")
                .runOrThrow();
        assertThat(build(kernel, squashfs(), OPTIONS).id())
                .as("the usual ones below /dev are left out")
                .hasSize(16);
    }

    @Test
    void aTreeWhoseEtcLeadsToTheHost() throws Exception {
        Path victim = Files.createDirectory(directory.resolve("victim"));
        Command.of("rm", "-r", tree.resolve("etc").toString()).runOrThrow();
        Files.createSymbolicLink(tree.resolve("etc"), victim);

        refused(() -> build(kernel, squashfs(), OPTIONS), "lies below \"/etc\"", "symbolic link to \"" + victim);
        refused(() -> archive(SmallTree.tar(tree, directory.resolve("link.tar"))), "lies below \"/etc\"");
        refused(() -> archive(tree), "lies below \"/etc\"");
        assertThat(victim).isEmptyDirectory();
    }

    @Test
    void aBombLargerThanTheImage() throws Exception {
        Path zeros = directory.resolve("zeros.tar.gz");
        Path file = tree.resolve("usr/zeros");
        Command.of("truncate", "-s", "600M", file.toString()).runOrThrow();
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(zeros))) {
            Path tar = SmallTree.tar(tree, directory.resolve("zeros.tar"));
            Files.copy(tar, out);
            Files.delete(tar);
        }
        refused(() -> archive(zeros), "/usr/zeros", "larger --size");
        refused(() -> archive(tree), tree.toString(), "larger --size");
        Path zstd = directory.resolve("zeros.tar.zst");
        Command.of("sh", "-c", "gzip -dc '" + zeros + "' | zstd -q -o '" + zstd + "'")
                .runOrThrow();
        refused(() -> archive(zstd), zstd.toString(), "larger --size");
        refused(() -> build(kernel, squashfs(), OPTIONS), "larger --size");
    }

    @Test
    void anArchiveThatEndsTooEarly() throws Exception {
        Files.write(tree.resolve("usr/random"), random(300_000));
        Path whole = SmallTree.tar(tree, directory.resolve("whole.tgz"), "-z");
        byte[] bytes = Files.readAllBytes(whole);
        Path cut = Files.write(directory.resolve("cut.tgz"), Arrays.copyOf(bytes, bytes.length - 100_000));

        refused(() -> archive(cut), cut.toString(), "is refused");
    }

    @Test
    void aTreeInWhichNoAgentCouldRun() throws Exception {
        Files.delete(tree.resolve("usr/bin/python3"));
        refused(() -> build(kernel, squashfs(), OPTIONS), "/usr/bin/python3", "--agent-binary");
        Files.delete(tree.resolve("usr/sbin/init"));
        refused(() -> build(kernel, squashfs(), OPTIONS), "/sbin/init", "systemd-sysv");
    }

    @Test
    void aDiskThatIsFullOrReadOnly() throws Exception {
        squashfs();
        // Enough to begin with, too little for the tree and its image.
        Files.write(tree.resolve("usr/random"), random(30_000_000));
        Path large = SmallTree.squashfs(tree, directory.resolve("large.squashfs"));
        assertThat(onDisk("size=60m", large, "0")).contains("No space left on device", "left: build.lock");
        assertThat(onDisk("size=60m", large, "default")).contains("MiB free, a build needs 3072 MiB");
        assertThat(onDisk("size=60m,ro", large, "0"))
                .contains("cannot write in", "Read-only file system", "--data-dir");
    }

    /** Builds in a process whose data directory is a small disk of its own, and gives what it prints. */
    private String onDisk(String options, Path rootfs, String room) throws Exception {
        Path data = Files.createDirectories(directory.resolve("small disk"));
        CommandResult result = Command.of(
                        "unshare",
                        "--mount",
                        "sh",
                        "-c",
                        "mount -t tmpfs -o \"$1\" tmpfs \"$2\" && shift 2 && exec \"$@\"",
                        "sh",
                        options,
                        data.toString(),
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        RefusedBuildTest.class.getName(),
                        data.toString(),
                        kernel.toString(),
                        rootfs.toString(),
                        room)
                .run();
        return result.stdout() + result.stderr();
    }

    /** The child of {@link #onDisk}. */
    public static void main(String[] arguments) throws Exception {
        ImageStore store = new ImageStore(Path.of(arguments[0]));
        ImageBuilder builder = arguments[3].equals("default")
                ? new ImageBuilder(store, Progress.NONE)
                : new ImageBuilder(store, Progress.NONE, Long.parseLong(arguments[3]));
        try {
            builder.build(new UbuntuRecipe(Path.of(arguments[1]), null, Path.of(arguments[2])), OPTIONS, false);
        } catch (IOException e) {
            System.out.println(e.getMessage());
        }
        if (Files.isDirectory(store.work())) {
            try (Stream<Path> left = Files.list(store.work())) {
                left.forEach(file -> System.out.println("left: " + file.getFileName()));
            }
        }
    }

    private Image build(Path from, Path rootfs, BuildOptions options) throws Exception {
        return new ImageBuilder(store, Progress.NONE).build(new UbuntuRecipe(from, null, rootfs), options, false);
    }

    private Image archive(Path base) throws Exception {
        return new ImageBuilder(store, Progress.NONE)
                .build(new ArchiveRecipe("archive-of-mine", base, kernel, null), OPTIONS, false);
    }

    private Path squashfs() throws Exception {
        return SmallTree.squashfs(tree, directory.resolve("ubuntu-24.04.squashfs"));
    }

    private void refused(ThrowingCallable build, String... parts) throws Exception {
        assertThatThrownBy(build).isInstanceOf(ImageException.class).hasMessageContainingAll(parts);
        assertThat(store.list()).isEmpty();
        if (Files.isDirectory(store.work())) {
            try (Stream<Path> left = Files.list(store.work())) {
                assertThat(left.map(file -> file.getFileName().toString())).containsOnly("build.lock");
            }
        }
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}

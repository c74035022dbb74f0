package dev.execlaw.microvm.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.process.Command;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskFilesTest {

    private static final long SIZE = 64L << 20;
    private static final String CONFIG = "/root/.nullclaw/config.json";

    @TempDir
    Path directory;

    private Path base;
    private Path work;

    @BeforeEach
    void makeBase() throws Exception {
        work = Files.createDirectory(directory.resolve("work with a blank"));
        Path tree = Files.createDirectories(directory.resolve("tree/root"));
        Files.writeString(tree.resolve("there"), "already there");
        base = directory.resolve("rootfs.ext4");
        try (RandomAccessFile file = new RandomAccessFile(base.toFile(), "rw")) {
            file.setLength(SIZE);
        }
        Command.of("mkfs.ext4", "-q", "-F", "-d", tree.getParent().toString(), base.toString())
                .runOrThrow();
    }

    @Test
    void writesIntoARawDisk() throws Exception {
        byte[] big = random(3_000_000);
        DiskFiles.inject(raw(), work, List.of(file(CONFIG, "{}"), new GuestFile("/opt/a/b/big", big, 0644)));

        Ext4 ext4 = new Ext4(base, work);
        assertThat(ext4.read(CONFIG)).hasValue("{}".getBytes(StandardCharsets.UTF_8));
        assertThat(ext4.read("/opt/a/b/big")).hasValue(big);
        assertThat(ext4.stat(CONFIG)).hasValue(new Ext4.Stat("regular", 0600));
        assertThat(ext4.read("/root/there")).isPresent();
        assertSound(base);
        assertNothingLeft();
    }

    @Test
    void takesThePlaceOfAFileThatIsThere() throws Exception {
        DiskFiles.inject(raw(), work, List.of(file(CONFIG, "a long first content of the file")));
        DiskFiles.inject(raw(), work, List.of(file(CONFIG, "short")));

        assertThat(new Ext4(base, work).read(CONFIG)).hasValue("short".getBytes(StandardCharsets.UTF_8));
        assertSound(base);
    }

    @Test
    void writesIntoAFreshOverlayByTheMetadataOfItsBase() throws Exception {
        Command.of(
                        "e2image",
                        "-r",
                        base.toString(),
                        base.resolveSibling(QcowInjection.METADATA).toString())
                .runOrThrow();
        overlayKeepsItsBase();
    }

    @Test
    void writesIntoAnOverlayWhoseBaseHasNoMetadataFile() throws Exception {
        overlayKeepsItsBase();
    }

    @Test
    void writesIntoAnOverlayThatAGuestHasUsed() throws Exception {
        Command.of(
                        "e2image",
                        "-r",
                        base.toString(),
                        base.resolveSibling(QcowInjection.METADATA).toString())
                .runOrThrow();
        MachineSpec.Disk overlay = overlay();
        byte[] guests = random(5_000_000);
        DiskFiles.inject(overlay, work, List.of(new GuestFile("/home/work", guests, 0644), file(CONFIG, "first")));

        DiskFiles.inject(overlay, work, List.of(file(CONFIG, "second")));

        Path flat = flat(overlay);
        Ext4 ext4 = new Ext4(flat, work);
        assertThat(ext4.read("/home/work")).hasValue(guests);
        assertThat(ext4.read(CONFIG)).hasValue("second".getBytes(StandardCharsets.UTF_8));
        assertSound(flat);
    }

    @Test
    void saysSoWhenTheFileSystemIsFull() throws Exception {
        GuestFile tooBig = new GuestFile("/big", random(80_000_000), 0600);

        assertThatThrownBy(() -> DiskFiles.inject(raw(), work, List.of(tooBig)))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("could not change");
        assertNothingLeft();
    }

    @Test
    void saysSoWhenTheDiskIsNoFileSystem() throws Exception {
        Path noise = Files.write(directory.resolve("noise"), random(1_000_000));

        assertThatThrownBy(() -> DiskFiles.inject(
                        new MachineSpec.Disk(noise, MachineSpec.Disk.Format.RAW), work, List.of(file(CONFIG, "{}"))))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("noise");
    }

    @Test
    void aGuestPathCannotBeMoreThanAPath() {
        for (String path : List.of("relative", "/a/../b", "/a\"b", "/a b", "/", "/a/", "/a\nrm")) {
            assertThatThrownBy(() -> file(path, ""))
                    .as(path)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("guest path");
        }
    }

    private void overlayKeepsItsBase() throws Exception {
        String before = SparseFile.digest(base);
        MachineSpec.Disk overlay = overlay();

        DiskFiles.inject(overlay, work, List.of(file(CONFIG, "{\"a\": 1}"), file("/root/there", "changed")));

        assertThat(SparseFile.digest(base)).isEqualTo(before);
        Path flat = flat(overlay);
        Ext4 ext4 = new Ext4(flat, work);
        assertThat(ext4.read(CONFIG)).hasValue("{\"a\": 1}".getBytes(StandardCharsets.UTF_8));
        assertThat(ext4.read("/root/there")).hasValue("changed".getBytes(StandardCharsets.UTF_8));
        assertSound(flat);
        assertNothingLeft();
    }

    private MachineSpec.Disk raw() {
        return new MachineSpec.Disk(base, MachineSpec.Disk.Format.RAW);
    }

    private MachineSpec.Disk overlay() throws Exception {
        Path overlay = directory.resolve("over,lay.qcow2");
        Command.of("qemu-img", "create", "-q", "-f", "qcow2", "-b", base.toString(), "-F", "raw", overlay.toString())
                .runOrThrow();
        return new MachineSpec.Disk(overlay, MachineSpec.Disk.Format.QCOW2);
    }

    private Path flat(MachineSpec.Disk overlay) throws Exception {
        Path flat = directory.resolve("flat");
        Command.of(
                        "qemu-img",
                        "convert",
                        "-f",
                        "qcow2",
                        "-O",
                        "raw",
                        overlay.path().toString(),
                        flat.toString())
                .runOrThrow();
        return flat;
    }

    private static void assertSound(Path image) throws Exception {
        assertThat(Command.of("e2fsck", "-fn", image.toString()).run().status()).isZero();
    }

    private void assertNothingLeft() throws Exception {
        try (Stream<Path> left = Files.list(work)) {
            assertThat(left).isEmpty();
        }
    }

    private static GuestFile file(String path, String content) {
        return new GuestFile(path, content.getBytes(StandardCharsets.UTF_8), 0600);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}

package dev.execlaw.microvm.diff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.process.Command;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chains that qemu-img and qemu-io made, read as QEMU reads them. */
class ChainedDiskTest {

    private static final long SIZE = 4 * 1024 * 1024;

    @TempDir
    private Path directory;

    private Disk raw;

    @BeforeEach
    void make() throws Exception {
        byte[] bytes = new byte[(int) SIZE - 512];
        new Random(1).nextBytes(bytes);
        raw = new Disk(Files.write(directory.resolve("base.raw"), bytes), Disk.Format.RAW);
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 4096, 65536, 2097152})
    void chainsOfAnyClustersReadAsInQemu(int cluster) throws Exception {
        Random random = new Random(cluster);
        Path under = raw.path();
        String format = "raw";
        for (int i = 0; i < 4; i++) {
            Path layer = directory.resolve("layer-" + i + ".qcow2");
            // Relative names, and layers that are longer and shorter than what is under them.
            long size = SIZE + (i % 2 == 0 ? 1 : -1) * 300_000L / 512 * 512;
            create(layer, under.getFileName().toString(), format, cluster, size);
            for (int j = 0; j < 6; j++) {
                long at = random.nextInt((int) (size - 200_000) / 512) * 512L;
                String what = j % 3 == 2 ? "write -z " : "write -P " + (10 * i + j) + " ";
                Command.of(
                                "qemu-io",
                                "-f",
                                "qcow2",
                                "-c",
                                what + at + " " + 512 * (1 + random.nextInt(300)),
                                layer.toString())
                        .runOrThrow();
            }
            under = layer;
            format = "qcow2";
        }
        Path flat = directory.resolve("flat.raw");
        Command.of("qemu-img", "convert", "-f", "qcow2", "-O", "raw", under.toString(), flat.toString())
                .runOrThrow();
        byte[] expected = Files.readAllBytes(flat);
        try (ChainedDisk disk = open(new Disk(under, Disk.Format.QCOW2))) {
            assertThat(disk.size()).isEqualTo(expected.length);
            ByteBuffer all = ByteBuffer.allocate(expected.length);
            disk.read(0, all);
            assertThat(all.array()).isEqualTo(expected);
            ByteBuffer some = ByteBuffer.allocate(100_001);
            disk.read(12_345, some);
            assertThat(some.flip()).isEqualTo(ByteBuffer.wrap(expected, 12_345, 100_001));
        }
    }

    @Test
    void hardLinkedLayersAreOnePlace() throws Exception {
        Path layer = directory.resolve("layer.qcow2");
        create(layer, "base.raw", "raw", 65536, SIZE);
        Path fork = Files.createLink(directory.resolve("fork.qcow2"), layer);
        try (ChainedDisk one = open(new Disk(layer, Disk.Format.QCOW2));
                ChainedDisk other = open(new Disk(fork, Disk.Format.QCOW2))) {
            assertThat(one.place(70_000)).isEqualTo(other.place(70_000)).isNotEqualTo(one.place(80_000));
        }
    }

    @Test
    void filesOutsideTheRootsAreNotRead() throws Exception {
        Path inner = Files.createDirectory(directory.resolve("inner"));
        Path layer = inner.resolve("layer.qcow2");
        create(layer, raw.path().toString(), "raw", 65536, SIZE);
        assertThatThrownBy(() -> ChainedDisk.open(new Disk(layer, Disk.Format.QCOW2), List.of(inner), deadline()))
                .isInstanceOf(DiffException.class)
                .hasMessageContaining(raw.path() + " is not below any of");
        Path link = Files.createSymbolicLink(inner.resolve("link.raw"), raw.path());
        assertThatThrownBy(() -> ChainedDisk.open(new Disk(link, Disk.Format.RAW), List.of(inner), deadline()))
                .hasMessageContaining("is not below any of");
        assertThatThrownBy(() -> open(new Disk(inner, Disk.Format.RAW))).hasMessageContaining("no regular file");
    }

    @Test
    void whatMachinesDoNotMakeIsRefused() throws Exception {
        Path packed = directory.resolve("packed.qcow2");
        create(packed, "base.raw", "raw", 65536, SIZE);
        Command.of("qemu-io", "-f", "qcow2", "-c", "write -c -P 7 0 65536", packed.toString())
                .runOrThrow();
        assertThatThrownBy(() -> open(new Disk(packed, Disk.Format.QCOW2))).hasMessageContaining("compressed clusters");
        assertThatThrownBy(() -> open(new Disk(raw.path(), Disk.Format.QCOW2))).hasMessageContaining("is no qcow2");
        Path around = directory.resolve("around.qcow2");
        Path again = directory.resolve("again.qcow2");
        Command.of("qemu-img", "create", "-q", "-f", "qcow2", again.toString(), "" + SIZE)
                .runOrThrow();
        create(around, "again.qcow2", "qcow2", 65536, SIZE);
        Path more = directory.resolve("more.qcow2");
        create(more, "around.qcow2", "qcow2", 65536, SIZE);
        Files.move(more, again, StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> open(new Disk(again, Disk.Format.QCOW2))).hasMessageContaining("lies on itself");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void brokenTablesEndInAnErrorOrInOtherBytesNeverInAnythingElse(int seed) throws Exception {
        Path layer = directory.resolve("layer.qcow2");
        create(layer, "base.raw", "raw", 4096, SIZE);
        Command.of("qemu-io", "-f", "qcow2", "-c", "write -P 3 100000 200000", layer.toString())
                .runOrThrow();
        byte[] whole = Files.readAllBytes(layer);
        Random random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < 200; i++) {
            Files.write(layer, whole);
            try (RandomAccessFile file = new RandomAccessFile(layer.toFile(), "rw")) {
                for (int j = 0; j < 3; j++) {
                    file.seek(random.nextInt(i % 2 == 0 ? 120 : 32_768));
                    file.write(random.nextInt(256));
                }
            }
            try (ChainedDisk disk = open(new Disk(layer, Disk.Format.QCOW2))) {
                disk.read(0, ByteBuffer.allocate((int) Math.min(SIZE, disk.size())));
            } catch (DiffException _) {
                refused++;
            } catch (NoSuchFileException _) {
                // The name of the file under it was hit.
                refused++;
            }
        }
        assertThat(refused).isBetween(1, 199);
    }

    private ChainedDisk open(Disk disk) throws Exception {
        return ChainedDisk.open(disk, List.of(directory), deadline());
    }

    private static Deadline deadline() {
        return new Deadline(Duration.ofMinutes(1), System::nanoTime);
    }

    private void create(Path layer, String under, String format, int cluster, long size) throws Exception {
        Command.of(
                        "qemu-img",
                        "create",
                        "-q",
                        "-f",
                        "qcow2",
                        "-o",
                        "cluster_size=" + cluster,
                        "-F",
                        format,
                        "-b",
                        under,
                        layer.toString(),
                        "" + size)
                .directory(directory)
                .runOrThrow();
    }
}

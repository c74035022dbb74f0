package dev.execlaw.microvm.diff;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.process.Command;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Disks of guests that were frozen before their journal was written back: debugfs writes such journals. */
class JournalTest {

    private static final int BLOCK = 1024;

    @TempDir
    private Path directory;

    private TestDisks disks;
    private Path tree;

    @BeforeEach
    void make() throws Exception {
        disks = new TestDisks(directory);
        tree = Files.createDirectory(directory.resolve("tree"));
        Files.writeString(tree.resolve("one"), "1\n");
        Files.writeString(tree.resolve("two"), "2\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"metadata_csum,64bit", "metadata_csum,^64bit", "^metadata_csum,64bit", "^metadata_csum,^64bit"})
    void committedTransactionsCount(String features) throws Exception {
        Disk base = disks.of("base.raw", tree, "-b", "" + BLOCK, "-O", features, "-J", "size=1");
        Disk changed = disks.changed(base, "changed.raw", "rm two", "sif one mode 0100600", "mkdir three");
        Disk journalled = disks.changed(base, "journalled.raw", journal(differing(base, changed), "changed"));
        assertThat(TestDisks.ask(journalled, "stats")).contains("needs_recovery");
        DiffReport expected = disks.diff(base, changed);
        assertThat(expected.files()).hasSize(3);
        assertThat(disks.diff(base, journalled)).isEqualTo(expected);
        assertThat(disks.diff(changed, journalled).files()).isEmpty();
        Disk recovered = disks.changed(journalled, "recovered.raw");
        Command.of("e2fsck", "-fy", recovered.path().toString()).run();
        assertThat(TestDisks.ask(recovered, "stats")).doesNotContain("needs_recovery");
        assertThat(disks.diff(base, recovered)).isEqualTo(expected);
    }

    @Test
    void revokedBlocksDoNotCountAndLaterTransactionsWin() throws Exception {
        Disk base = disks.of("base.raw", tree, "-b", "" + BLOCK, "-J", "size=1");
        Disk first = disks.changed(base, "first.raw", "sif one mode 0100600");
        Disk second = disks.changed(base, "second.raw", "sif one mode 0100640");
        List<Long> blocks = differing(base, first);
        assertThat(differing(base, second)).isEqualTo(blocks);
        List<String> requests = new ArrayList<>(List.of(journal(blocks, "first")));
        requests.addAll(List.of(journal(blocks, "second")));
        Disk twice = disks.changed(base, "twice.raw", requests.toArray(String[]::new));
        assertThat(disks.diff(second, twice).files()).isEmpty();
        requests.add("jo");
        blocks.forEach(block -> requests.add("jw -r " + block));
        requests.add("jc");
        Disk revoked = disks.changed(base, "revoked.raw", requests.toArray(String[]::new));
        assertThat(disks.diff(base, revoked).files()).isEmpty();
        Disk recovered = disks.changed(revoked, "recovered.raw");
        Command.of("e2fsck", "-fy", recovered.path().toString()).run();
        assertThat(disks.diff(base, recovered).files()).isEmpty();
    }

    @Test
    void transactionWithoutCommitDoesNotCount() throws Exception {
        Disk base = disks.of("base.raw", tree, "-b", "" + BLOCK, "-J", "size=1");
        Disk first = disks.changed(base, "first.raw", "sif one mode 0100600");
        Disk second = disks.changed(base, "second.raw", "sif one mode 0100640");
        List<Long> blocks = differing(base, first);
        assertThat(differing(base, second)).isEqualTo(blocks);
        List<String> requests = new ArrayList<>(List.of(journal(blocks, "first")));
        requests.removeLast();
        blocks.forEach(block -> requests.add("jw -c -b " + block + " " + directory.resolve("second-block" + block)));
        requests.add("jc");
        Disk torn = disks.changed(base, "torn.raw", requests.toArray(String[]::new));
        assertThat(disks.diff(first, torn).files()).isEmpty();
        assertThat(disks.diff(base, torn).files()).hasSize(1);
    }

    /** Requests that put these blocks of a disk into the journal, in one transaction. */
    private String[] journal(List<Long> blocks, String from) {
        List<String> requests = new ArrayList<>(List.of("jo"));
        blocks.forEach(block -> requests.add("jw -b " + block + " " + directory.resolve(from + "-block" + block)));
        requests.add("jc");
        return requests.toArray(String[]::new);
    }

    /** Blocks of metadata in which two disks differ, each written to a file. */
    private List<Long> differing(Disk base, Disk changed) throws Exception {
        List<Long> blocks = new ArrayList<>();
        try (RandomAccessFile a = new RandomAccessFile(base.path().toFile(), "r");
                RandomAccessFile b = new RandomAccessFile(changed.path().toFile(), "r")) {
            byte[] was = new byte[BLOCK];
            byte[] is = new byte[BLOCK];
            for (long block = 0; block < a.length() / BLOCK; block++) {
                a.readFully(was);
                b.readFully(is);
                if (!Arrays.equals(was, is)) {
                    blocks.add(block);
                    String name = changed.path().getFileName().toString().replace(".raw", "");
                    Files.write(directory.resolve(name + "-block" + block), is);
                }
            }
        }
        return blocks;
    }
}

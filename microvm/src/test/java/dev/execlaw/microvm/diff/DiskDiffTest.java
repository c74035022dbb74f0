package dev.execlaw.microvm.diff;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.diff.FileChange.Kind;
import dev.execlaw.microvm.diff.FileChange.Shown;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of change, as debugfs makes them. */
class DiskDiffTest {

    @TempDir
    private Path directory;

    private TestDisks disks;
    private Disk base;

    @BeforeEach
    void make() throws Exception {
        disks = new TestDisks(directory);
        Path tree = directory.resolve("tree");
        Files.createDirectories(tree.resolve("etc/deep"));
        Files.writeString(tree.resolve("etc/hosts"), "127.0.0.1 localhost\n");
        Files.writeString(tree.resolve("etc/gone"), "bye\n");
        Files.writeString(tree.resolve("etc/deep/stays"), "the same\n");
        Files.write(tree.resolve("data.bin"), new byte[] {1, 0, 2});
        Files.createSymbolicLink(tree.resolve("link"), Path.of("etc/hosts"));
        base = disks.of("base.raw", tree);
    }

    @Test
    void everyKindOfChangeIsNamedWithWhatWasAndIs() throws Exception {
        Disk newer = disks.changed(
                base,
                "newer.raw",
                "cd /etc",
                "rm hosts",
                "write " + file("hosts", "127.0.0.1 localhost\n10.0.0.1 gateway\n") + " hosts",
                "sif hosts mode 0100600",
                "rm gone",
                "sif deep/stays mode 0104755",
                "sif deep/stays uid 70000",
                "cd /",
                "mkdir added",
                "cd added",
                "write " + file("new", "hello\nworld") + " new",
                "mknod pipe p",
                "mknod disk b 8 17",
                "cd /",
                "rm data.bin",
                "write " + file("bin", "\1\0\3") + " data.bin",
                "rm link",
                "symlink link " + "x".repeat(80));
        DiffReport report = disks.diff(base, newer);
        assertThat(report.notes()).isEmpty();
        assertThat(report.truncated()).isFalse();
        assertThat(report.files().stream().map(change -> change.kind() + " " + change.path() + " " + change.shown()))
                .containsExactly(
                        "ADDED /added NOTHING",
                        "ADDED /added/disk NOTHING",
                        "ADDED /added/new TEXT",
                        "ADDED /added/pipe NOTHING",
                        "MODIFIED /data.bin BINARY",
                        "METADATA /etc/deep/stays TEXT",
                        "REMOVED /etc/gone TEXT",
                        "MODIFIED /etc/hosts TEXT",
                        "MODIFIED /link TEXT");
        Map<String, FileChange> changes = byPath(report);
        FileState stays = changes.get("/etc/deep/stays").after();
        assertThat(stays.mode()).isEqualTo(04755);
        assertThat(stays.uid()).isEqualTo(70000);
        assertThat(changes.get("/etc/hosts").before().size()).isEqualTo(20);
        assertThat(changes.get("/etc/hosts").after().size()).isEqualTo(37);
        assertThat(changes.get("/added/disk").after().target()).isEqualTo("8:17");
        assertThat(changes.get("/added/pipe").after().kind()).isEqualTo(FileState.Kind.FIFO);
        assertThat(changes.get("/link").before().target()).isEqualTo("etc/hosts");
        assertThat(changes.get("/link").after().target()).isEqualTo("x".repeat(80));
        assertThat(report.patch()).isEqualTo("""
                diff --git a/added/new b/added/new
                new file mode 100644
                --- /dev/null
                +++ b/added/new
                @@ -0,0 +1,2 @@
                +hello
                +world
                \\ No newline at end of file
                diff --git a/data.bin b/data.bin
                Binary files a/data.bin and b/data.bin differ
                diff --git a/etc/deep/stays b/etc/deep/stays
                old mode 100644
                new mode 100755
                diff --git a/etc/gone b/etc/gone
                deleted file mode 100644
                --- a/etc/gone
                +++ /dev/null
                @@ -1 +0,0 @@
                -bye
                diff --git a/etc/hosts b/etc/hosts
                --- a/etc/hosts
                +++ b/etc/hosts
                @@ -1 +1,2 @@
                 127.0.0.1 localhost
                +10.0.0.1 gateway
                diff --git a/link b/link
                --- a/link
                +++ b/link
                @@ -1 +1 @@
                -etc/hosts
                \\ No newline at end of file
                +%s
                \\ No newline at end of file
                """.formatted("x".repeat(80)));
    }

    @Test
    void anotherKindOfFileIsRemovedAndAddedInThePatch() throws Exception {
        Disk newer = disks.changed(
                base,
                "newer.raw",
                "rm link",
                "mkdir link",
                "cd link",
                "mkdir inside",
                "cd /etc",
                "rm gone",
                "symlink gone hosts");
        DiffReport report = disks.diff(base, newer);
        assertThat(report.files().stream().map(change -> change.kind() + " " + change.path() + " " + change.shown()))
                .containsExactly(
                        "TYPE_CHANGED /etc/gone TEXT", "TYPE_CHANGED /link TEXT", "ADDED /link/inside NOTHING");
        assertThat(report.patch()).contains("deleted file mode 120000", "new file mode 120000");
    }

    @Test
    void extendedAttributesCountAsMetadata() throws Exception {
        Disk newer = disks.changed(base, "newer.raw", "ea_set /etc/hosts user.note first");
        DiffReport report = disks.diff(base, newer);
        assertThat(report.files()).hasSize(1);
        FileChange change = report.files().getFirst();
        assertThat(change.kind()).isEqualTo(Kind.METADATA);
        assertThat(change.before().attributes()).isNull();
        assertThat(change.after().attributes()).hasSize(32);
        Disk third = disks.changed(newer, "third.raw", "ea_set /etc/hosts user.note other");
        assertThat(disks.diff(newer, third).files())
                .extracting(FileChange::kind)
                .containsExactly(Kind.METADATA);
        Disk back = disks.changed(third, "back.raw", "ea_rm /etc/hosts user.note");
        assertThat(disks.diff(base, back).files()).isEmpty();
    }

    @Test
    void contentThatChangedInPlaceUnderAnUnchangedInodeIsFound() throws Exception {
        Disk newer = disks.changed(base, "newer.raw");
        long block = Long.parseLong(TestDisks.ask(base, "blocks /etc/hosts").strip());
        disks.debugfs(newer.path(), "zap_block -o 2 -l 3 -p 0x39 " + block);
        DiffReport report = disks.diff(base, newer);
        assertThat(report.files()).extracting(FileChange::path).containsExactly("/etc/hosts");
        assertThat(report.patch()).contains("-127.0.0.1 localhost", "+12999");
    }

    @Test
    void diskDiffersInNothingFromItselfOrItsCopy() throws Exception {
        Disk copy = disks.changed(base, "copy.raw");
        DiffReport nothing = new DiffReport(List.of(), "", false, List.of());
        assertThat(disks.diff(base, base)).isEqualTo(nothing);
        assertThat(disks.diff(base, copy)).isEqualTo(nothing);
    }

    @Test
    void limitsCutTheListAndThePatchAndSaySo() throws Exception {
        Disk newer = disks.changed(
                base,
                "newer.raw",
                "write " + file("a", "a\n".repeat(100)) + " a",
                "write " + file("b", "b\n".repeat(10)) + " b",
                "write " + file("c", "c\n".repeat(10)) + " c");
        DiskDiff diff = new DiskDiff(List.of(directory));
        DiffReport two = diff.between(base, newer, new DiffLimits(Duration.ofMinutes(1), 2, 100, 1000));
        assertThat(two.files()).extracting(FileChange::shown).containsExactly(Shown.TOO_LARGE, Shown.TEXT);
        assertThat(two.truncated()).isTrue();
        assertThat(two.notes()).containsExactly("more than 2 files changed; the others are not listed");
        assertThat(two.patch()).contains("too long to show with 200 bytes, the limit is 100");
        DiffReport all = diff.between(base, newer, new DiffLimits(Duration.ofMinutes(1), 3, 100, 1000));
        assertThat(all.truncated()).isFalse();
        DiffReport small = diff.between(base, newer, new DiffLimits(Duration.ofMinutes(1), 3, 100, 250));
        assertThat(small.files())
                .extracting(FileChange::shown)
                .containsExactly(Shown.TOO_LARGE, Shown.TEXT, Shown.OMITTED);
        assertThat(small.notes()).containsExactly("the patch ends at 250 bytes");
        assertThat(small.truncated()).isTrue();
    }

    @Test
    void passedDeadlineGivesWhatWasFoundByThen() throws Exception {
        Disk newer = disks.changed(base, "newer.raw", "rm /etc/gone", "rm /data.bin");
        // Each look at the clock takes a second.
        int enough = 1;
        DiffReport report = late(newer, enough);
        while (report.truncated()) {
            assertThat(report.notes().getFirst()).contains("within PT");
            report = late(newer, ++enough);
        }
        assertThat(report.files()).hasSize(2);
        assertThat(enough).isGreaterThan(5);
    }

    private DiffReport late(Disk newer, int seconds) throws DiffException {
        AtomicLong now = new AtomicLong();
        return new DiskDiff(List.of(directory), () -> now.addAndGet(1_000_000_000L))
                .between(base, newer, new DiffLimits(Duration.ofSeconds(seconds), 100, 1000, 1000));
    }

    private Path file(String name, String content) throws Exception {
        return Files.writeString(directory.resolve(name), content);
    }

    private static Map<String, FileChange> byPath(DiffReport report) {
        return report.files().stream().collect(Collectors.toMap(FileChange::path, Function.identity()));
    }
}

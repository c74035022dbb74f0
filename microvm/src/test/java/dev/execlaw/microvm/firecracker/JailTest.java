package dev.execlaw.microvm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.firecracker.api.JailPath;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.process.Account;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class JailTest {

    /** Another file system than that of temporary directories, on every Linux. */
    private static final Path ELSEWHERE = Path.of("/dev/shm");

    @TempDir
    private Path directory;

    private Jail jail;

    @BeforeEach
    void make() throws IOException {
        HostPath tree = new HostPath(directory).resolve("jail/ses-1");
        jail = new Jail(tree, tree.resolve("root"), new Account(70001, 70002));
        jail.make();
    }

    @Test
    void belongsToItsAccount() throws Exception {
        assertThat(owner(jail.root().path())).isEqualTo(List.of(70001, 70002));
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(jail.root().path())))
                .isEqualTo("rwx------");
    }

    @Test
    void ownFileIsLinkedAndGiven() throws Exception {
        HostPath disk = file("disk.raw", "rw-------");
        JailPath name = jail.admit(disk, "disk");
        assertThat(Files.isSameFile(jail.host(name).path(), disk.path())).isTrue();
        assertThat(owner(disk.path())).isEqualTo(List.of(70001, 70002));
    }

    @Test
    void sharedFileIsLinkedWhereStrangersMayReadItAndCopiedElse() throws Exception {
        HostPath open = file("open", "r--r--r--");
        HostPath closed = file("closed", "rw-------");
        assertThat(Files.isSameFile(jail.host(jail.admitShared(open, "kernel")).path(), open.path()))
                .isTrue();
        assertThat(owner(open.path())).isEqualTo(List.of(0, 0));
        Path copy = jail.host(jail.admitShared(closed, "initrd")).path();
        assertThat(Files.isSameFile(copy, closed.path())).isFalse();
        assertThat(copy).hasSameBinaryContentAs(closed.path());
        assertThat(owner(copy)).isEqualTo(List.of(70001, 70002));
        assertThat(owner(closed.path())).isEqualTo(List.of(0, 0));
    }

    @Test
    void fileThatIsMappedMustBeReadable() throws Exception {
        assertThatThrownBy(() -> jail.admitMapped(file("memory", "rw-------"), "memory"))
                .hasMessageContaining("must be readable for 70001:70002; chmod a+r");
    }

    @Test
    void diskOfAnotherFileSystemIsRefusedInWords() throws Exception {
        Path disk = Files.createTempFile(ELSEWHERE, "execlaw", ".raw");
        try {
            assertThatThrownBy(() -> jail.admit(new HostPath(disk), "disk"))
                    .hasMessageContaining(disk.toString())
                    .hasMessageContaining(jail.root().toString())
                    .hasMessageContaining("must be on one file system");
            assertThatThrownBy(() -> jail.admit(new HostPath(directory.resolve("none")), "disk"))
                    .hasMessageContaining("is not there");
        } finally {
            Files.delete(disk);
        }
    }

    @Test
    void placeOfJailsOnAnotherFileSystemIsRefusedInWords() throws Exception {
        Path base = Files.createTempDirectory(ELSEWHERE, "execlaw");
        try {
            assertThatThrownBy(() -> JailBase.check(base, directory))
                    .isInstanceOf(MachineException.class)
                    .hasMessageContaining(base.toString())
                    .hasMessageContaining(directory.toString())
                    .hasMessageContaining("on the file system of the data directory");
            JailBase.check(directory.resolve("jails"), directory);
            assertThat(directory.resolve("jails")).isEmptyDirectory();
        } finally {
            Files.delete(base);
        }
    }

    @Test
    void leftoversAreRemovedAndNothingBehindThem() throws Exception {
        HostPath disk = file("disk.raw", "rw-------");
        jail.admit(disk, "disk");
        Files.createSymbolicLink(jail.root().path().resolve("link"), directory);
        Files.createDirectories(jail.root().path().resolve("dev/net"));
        jail.make();
        assertThat(jail.root().path()).isEmptyDirectory();
        jail.remove();
        assertThat(jail.tree().path()).doesNotExist();
        assertThat(disk.path()).exists();
        jail.remove();
    }

    @Test
    void jailInUseIsNotRemoved() throws Exception {
        Path socket = jail.host(Jail.SOCKET).path();
        try (ServerSocketChannel inmate = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            Path near = directory.resolve("a.sock");
            inmate.bind(UnixDomainSocketAddress.of(near));
            Files.move(near, socket);
            assertThatThrownBy(jail::remove).hasMessageContaining("is that of a VMM which lives; end it first");
        }
        assertThat(socket).exists();
        jail.remove();
        assertThat(jail.tree().path()).doesNotExist();
    }

    @Test
    void keptFilesOutliveTheJail() throws Exception {
        HostPath kept = new HostPath(directory).resolve("firecracker.log");
        Files.writeString(kept.path(), "of the last time");
        jail.createKept(Jail.LOG, kept);
        Files.writeString(jail.host(Jail.LOG).path(), "new");
        jail.remove();
        assertThat(kept.path()).hasContent("new");
    }

    @Test
    void whatTheVmmWroteBecomesOurs() throws Exception {
        written("state", "of the VMM");
        Path taken = directory.resolve("taken");
        jail.release(new JailPath("state"), taken, "r--------");
        assertThat(taken).hasContent("of the VMM");
        assertThat(owner(taken)).isEqualTo(List.of(0, 0));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(taken)))
                .isEqualTo("r--------");
        assertThat(jail.root().path()).isEmptyDirectory();

        Path kept = written("changed", "of the VMM too");
        Path copy = directory.resolve("copy");
        jail.releaseCopy(new JailPath("changed"), copy, "r--------");
        assertThat(copy).hasContent("of the VMM too");
        assertThat(owner(copy)).isEqualTo(List.of(0, 0));
        assertThat(owner(kept)).isEqualTo(List.of(70001, 70002));
        assertThat(directory.resolve("copy.jail")).doesNotExist();
    }

    @Test
    void whatPassesForAFileOfTheVmmIsNeitherReadNorChanged() throws Exception {
        Path secret = file("secret", "rw-------").path();
        Path inJail = jail.host(new JailPath("state")).path();

        Files.createSymbolicLink(inJail, secret);
        refused();
        Files.createLink(inJail, secret);
        refused();
        Path own = written("own", "of the VMM");
        Files.createLink(inJail, own);
        refused();
        Files.createDirectory(inJail);
        assertThatThrownBy(() -> jail.releaseCopy(new JailPath("state"), directory.resolve("copy"), "r--------"))
                .isInstanceOf(IOException.class);

        assertThat(owner(secret)).isEqualTo(List.of(0, 0));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)))
                .isEqualTo("rw-------");
        assertThat(owner(own)).isEqualTo(List.of(70001, 70002));
    }

    private void refused() {
        assertThatThrownBy(() -> jail.releaseCopy(new JailPath("state"), directory.resolve("copy"), "r--------"))
                .hasMessageContaining("is no file that the VMM wrote");
        assertThatThrownBy(() -> jail.release(new JailPath("state"), directory.resolve("taken"), "r--------"))
                .hasMessageContaining("is no file that the VMM wrote");
        assertThat(directory.resolve("copy")).doesNotExist();
        assertThat(directory.resolve("copy.jail")).doesNotExist();
        assertThat(directory.resolve("taken")).doesNotExist();
    }

    private Path written(String name, String content) throws IOException {
        Path file = Files.writeString(jail.host(new JailPath(name)).path(), content);
        Files.setAttribute(file, "unix:uid", 70001);
        Files.setAttribute(file, "unix:gid", 70002);
        return file;
    }

    private HostPath file(String name, String permissions) throws IOException {
        Path file = Files.writeString(directory.resolve(name), name);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        return new HostPath(file);
    }

    private static List<Object> owner(Path file) throws IOException {
        return List.of(Files.getAttribute(file, "unix:uid"), Files.getAttribute(file, "unix:gid"));
    }
}

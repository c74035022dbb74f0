package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandResult;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code execlaw storage}, run as a process in a mount namespace of its own, on a file of the least size. */
class StorageCommandTest {

    /** A tmpfs shares no blocks, whatever this host's disk does. */
    private static final String SCENE = """
            set -eu
            mount -t tmpfs -o size=1g tmpfs "$1"
            cd "$1"
            execlaw() { "$JAVA" -cp "$CLASSES" dev.execlaw.cli.Main "$@" --data-dir "$PWD/data"; }
            """;

    @TempDir
    private Path directory;

    @BeforeEach
    void asRoot() {
        assumeTrue(ConfigOptions.isRoot(), "only root mounts loop devices");
    }

    @Test
    void anEmptyPlaceGetsAFileSystemThatSharesBlocks() throws Exception {
        CommandResult result = scene("""
                execlaw storage init --size 320M
                execlaw storage status
                stat -c '%a %U' data data.xfs
                echo some > data/a && cp --reflink=always data/a data/b && echo shared
                execlaw storage init --size 320M
                """);

        assertThat(result.status()).as(result.stderr()).isZero();
        assertThat(result.stdout())
                .contains("data lies in", "data.xfs now, 320 MiB; copies share blocks")
                .contains("is on xfs", "it lies in the file", "cloned at no cost")
                .contains("700 root\n600 root\nshared\n")
                .contains("nothing to do:", "lies in", "already, 320 MiB");
    }

    @Test
    void whatIsThereIsMovedWithModesHolesAndLinks() throws Exception {
        CommandResult result = scene("""
                mkdir -m 700 data data/images && echo secret > data/token && chmod 600 data/token
                truncate -s 2G data/images/disk && echo x >> data/images/disk && ln data/token data/second
                sum=$(cat data/token data/images/disk | sha256sum)
                execlaw storage init --size 320M
                test "$sum" = "$(cat data/token data/images/disk | sha256sum)" && echo same
                stat -c '%a %h' data/token
                test "$(du -m data/images/disk | cut -f1)" -lt 2 && echo sparse
                ls -A
                """);

        assertThat(result.status()).as(result.stderr()).isZero();
        assertThat(result.stdout()).contains("same\n600 2\nsparse\ndata\ndata.xfs\n");
    }

    @Test
    void aMoveThatWasCutShortIsFinished() throws Exception {
        CommandResult result = scene("""
                mkdir -m 700 data && echo kept > data/file
                execlaw storage init --size 320M
                umount data && rmdir data && mkdir data.before && echo kept > data.before/file
                execlaw storage init --size 320M
                cat data/file
                ls -A
                """);

        assertThat(result.status()).as(result.stderr()).isZero();
        assertThat(result.stdout()).endsWith("kept\ndata\ndata.xfs\n");
    }

    @Test
    void whatDoesNotFitIsRefusedWithNumbersAndNothingIsChanged() throws Exception {
        CommandResult result = scene("""
                mkdir -m 700 data && head -c 250M /dev/urandom > data/much
                execlaw storage init --size 320M 2>&1 || true
                execlaw storage init --size 100M 2>&1 || true
                execlaw storage init --size 5G 2>&1 || true
                execlaw storage init --size 5 2>&1 || true
                execlaw storage init --size 900M --file "$PWD/data/in.xfs" 2>&1 || true
                ls -A . data
                """);

        assertThat(result.status()).as(result.stderr()).isZero();
        assertThat(result.stdout())
                .contains("a size of 320 MiB is too small", "has 250 MiB, which take 403 MiB at least")
                .contains("a size of 100 MiB is too small")
                .contains("the file may grow to 5120 MiB", "give a smaller --size")
                .contains("size \"5\" is not a number with M, G or T after it")
                .contains("would be within the data directory")
                .endsWith(".:\ndata\n\ndata:\nmuch\n");
    }

    @Test
    void aDirectoryInUseIsRefused() throws Exception {
        CommandResult result = scene("""
                mkdir -m 700 data && echo > data/file
                sleep 100 > data/file & user=$!
                execlaw storage init --size 320M 2>&1 || true
                kill $user
                execlaw storage init --size 320M > init
                execlaw storage init --size 400M 2>&1 || true
                """);

        assertThat(result.status()).as(result.stderr()).isZero();
        assertThat(result.stdout())
                .contains("processes ", "stop the sessions")
                .contains("already, which has 320 MiB, not 400", "xfs_growfs");
    }

    @Test
    void whereCopiesShareBlocksNothingIsDone() throws Exception {
        CommandResult result = scene("""
                truncate -s 320M disk && mkfs.xfs -q disk && mkdir data && mount -o loop disk data && mkdir data/data
                cd data
                execlaw storage init --size 320M
                ls -A
                """);

        assertThat(result.status()).as(result.stderr()).isZero();
        assertThat(result.stdout())
                .contains("nothing to do: copies in", "share blocks already (xfs)")
                .endsWith("data\n");
    }

    @Test
    void statusSaysHowToChangeIt() {
        StringWriter out = new StringWriter();
        int status = Main.run(
                new PrintWriter(out), new PrintWriter(out), "storage", "status", "--data-dir", directory + "/data");
        assertThat(status).isZero();
        assertThat(out.toString()).contains(directory + "/data is on ", "MiB free", "copies share");
        assertThat(directory).isEmptyDirectory();
    }

    private CommandResult scene(String script) throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        List<String> command = new ArrayList<>(List.of("unshare", "--mount", "--propagation", "private", "--"));
        command.addAll(List.of("sh", "-c", SCENE + script, "sh", directory.toString()));
        return Command.of(command)
                .environment(Map.of(
                        "JAVA",
                        System.getProperty("java.home") + "/bin/java",
                        "CLASSES",
                        System.getProperty("java.class.path")))
                .timeout(Duration.ofMinutes(3))
                .run();
    }
}

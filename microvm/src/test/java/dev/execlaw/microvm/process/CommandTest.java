package dev.execlaw.microvm.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class CommandTest {

    @TempDir
    private Path directory;

    @Test
    void resultHasStatusAndBothOutputs() throws Exception {
        CommandResult result =
                Command.of("sh", "-c", "echo out; echo err >&2; exit 3").run();
        assertThat(result).isEqualTo(new CommandResult(3, "out\n", "err\n"));
    }

    @Test
    void signalShowsAsTheShellTellsIt() throws Exception {
        assertThat(Command.of("sh", "-c", "kill -9 $$").run().status()).isEqualTo(137);
    }

    @Test
    void failureNamesStatusEndOfStderrAndCommandWithoutSecrets() {
        assertThatThrownBy(() -> Command.of("sh", "-c", "echo no such disk >&2; exit 7", "token=hunter2")
                        .secrets(List.of("hunter2"))
                        .runOrThrow())
                .isInstanceOf(CommandException.class)
                .hasMessageContaining("status 7")
                .hasMessageContaining("no such disk")
                .hasMessageContaining("token=***")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void missingProgramIsSaid() {
        assertThatThrownBy(() -> Command.of("no-such-program-here").run())
                .isInstanceOf(CommandException.class)
                .hasMessageContaining("cannot start no-such-program-here");
    }

    @Test
    void lateCommandIsKilledWithWhatItStarted() {
        assertThatThrownBy(() -> Command.of("sh", "-c", "sleep 7654 & sleep 7654")
                        .timeout(Duration.ofMillis(300))
                        .run())
                .isInstanceOfSatisfying(
                        CommandException.class, e -> assertThat(e.timedOut()).isTrue())
                .hasMessageContaining("did not end within 0.3S");
        await().until(() -> ProcessHandle.allProcesses().noneMatch(CommandTest::sleepsOurTime));
    }

    @Test
    void tooMuchOutputIsAnErrorAndNotCutInSilence() {
        assertThatThrownBy(() -> Command.of("seq", "100000").outputLimit(1000).run())
                .hasMessageContaining("more than the 1000 bytes");
    }

    @Test
    void longStderrKeepsItsEnd() throws Exception {
        CommandResult result =
                Command.of("sh", "-c", "seq 100000 >&2; echo the end >&2").run();
        assertThat(result.stderr()).hasSize(64 * 1024).endsWith("100000\nthe end\n");
    }

    @Test
    void inputDirectoryEnvironmentAndFilesArrive() throws Exception {
        Path file = directory.resolve("out");
        Command.of("sh", "-c", "cat; pwd; echo $GREETING $EXECLAW_TEST_SECRET")
                .input("héllo\n".getBytes(UTF_8))
                .directory(directory)
                .environment(Map.of("GREETING", "salut"))
                .outputTo(file)
                .runOrThrow();
        assertThat(Files.readString(file)).isEqualTo("héllo\n" + directory.toRealPath() + "\nsalut\n");
    }

    @Test
    void unreadInputHarmsNobody() throws Exception {
        assertThat(Command.of("true").input(new byte[1 << 20]).run().succeeded())
                .isTrue();
    }

    @Test
    void linesComeAsTheyAreWritten() throws Exception {
        var lines = new ConcurrentLinkedQueue<String>();
        Command.of("printf", "1%%\\r2%%\\rdone\\nlast").onLine(lines::add).runOrThrow();
        assertThat(lines).containsExactly("1%", "2%", "done", "last");
    }

    @Test
    @Timeout(10)
    void grandchildHoldingTheOutputKeepsNobodyWaiting() throws Exception {
        CommandResult result =
                Command.of("sh", "-c", "echo mine; sleep 15 & exit 4").run();
        assertThat(result.status()).isEqualTo(4);
        assertThat(result.stdout()).isEqualTo("mine\n");
    }

    private static boolean sleepsOurTime(ProcessHandle process) {
        return process.info().arguments().map(List::of).orElse(List.of()).contains("7654");
    }
}

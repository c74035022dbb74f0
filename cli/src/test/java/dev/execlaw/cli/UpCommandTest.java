package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The life of {@code up} as a process: its lines, its signals, its lock. */
final class UpCommandTest {

    private static final String URL = "ExeClaw is up: http://127.0.0.1:4321/login?token=made%2Bone";

    @TempDir
    private Path directory;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void end() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void sigtermStopsCleanlyAndSaysWhatWasDone() throws Exception {
        Process up = start("stops");
        BufferedReader out = up.inputReader();
        assertThat(out.readLine()).isEqualTo(URL);
        assertThat(out.readLine()).isEqualTo("Ctrl-C stops it.");
        assertThat(up.toHandle().destroy()).isTrue();
        assertThat(out.readAllAsString())
                .isEqualTo("SIGTERM: stopping\n  2 sessions were stopped\nExeClaw has stopped.\n");
        assertThat(status(up)).isZero();
    }

    @Test
    void aSecondSignalEndsItAtOnce() throws Exception {
        Process up = start("hangs");
        BufferedReader out = up.inputReader();
        assertThat(out.readLine()).isEqualTo(URL);
        assertThat(out.readLine()).isNotNull();
        assertThat(up.toHandle().destroy()).isTrue();
        assertThat(out.readLine()).isEqualTo("SIGTERM: stopping");
        assertThat(up.toHandle().destroy()).isTrue();
        assertThat(status(up)).isEqualTo(128 + 15);
    }

    @Test
    void aSecondDaemonOnTheSameDataIsRefusedByName() throws Exception {
        Process first = start("stops");
        assertThat(first.inputReader().readLine()).isEqualTo(URL);
        Process second = start("stops");
        assertThat(status(second)).isEqualTo(1);
        assertThat(second.errorReader().readAllAsString())
                .contains("in use by the ExeClaw with process id " + first.pid());
    }

    @Test
    void afterACrashItStartsAgain() throws Exception {
        Process first = start("stops");
        assertThat(first.inputReader().readLine()).isEqualTo(URL);
        first.destroyForcibly();
        assertThat(status(first)).isEqualTo(128 + 9);
        assertThat(start("stops").inputReader().readLine()).isEqualTo(URL);
    }

    private Process start(String kind) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        DaemonDouble.class.getName(),
                        kind,
                        "--data-dir",
                        directory.resolve("data").toString(),
                        "--listen",
                        "127.0.0.1:0")
                .start();
        started.add(process);
        return process;
    }

    private static int status(Process process) throws InterruptedException {
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }
}

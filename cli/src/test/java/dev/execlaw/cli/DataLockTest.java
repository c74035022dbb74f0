package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.config.DataDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataLockTest {

    /** Another process that holds the lock until it is killed. */
    static final class Holder {
        public static void main(String[] args) throws IOException {
            try (DataLock _ = DataLock.take(new DataDirectory(Path.of(args[0])))) {
                System.out.println("held");
                int _ = System.in.read();
            }
        }
    }

    @Test
    void anotherProcessIsNamedAndItsDeathFreesTheLock(@TempDir Path directory) throws Exception {
        DataDirectory data = new DataDirectory(directory);
        Process holder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            assertThat(holder.inputReader().readLine()).isEqualTo("held");
            assertThatThrownBy(() -> DataLock.refuseIfHeld(data)).hasMessageContaining("process id " + holder.pid());
            assertThatThrownBy(() -> DataLock.take(data)).isInstanceOf(CliException.class);
        } finally {
            holder.destroyForcibly();
        }
        assertThat(holder.waitFor(10, TimeUnit.SECONDS)).isTrue();
        DataLock.take(data).close();
    }

    @Test
    void lookingAtAnEmptyPlaceMakesNothing(@TempDir Path directory) throws IOException {
        DataLock.refuseIfHeld(new DataDirectory(directory.resolve("none")));
        assertThat(directory).isEmptyDirectory();
    }
}

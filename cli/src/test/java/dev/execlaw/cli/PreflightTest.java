package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.config.DataDirectory;
import dev.execlaw.config.ListenAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PreflightTest {

    @TempDir
    private Path directory;

    @Test
    void aPortInUseIsNamed() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ListenAddress listen = new ListenAddress("127.0.0.1", taken.getLocalPort());
            assertThatThrownBy(() -> Preflight.canListen(listen))
                    .isInstanceOf(CliException.class)
                    .hasMessageContaining(listen.toString());
        }
    }

    @Test
    void aFreePortPasses() {
        assertThatCode(() -> Preflight.canListen(new ListenAddress("127.0.0.1", 0)))
                .doesNotThrowAnyException();
    }

    @Test
    void anUnknownHostIsNamed() {
        assertThatThrownBy(() -> Preflight.canListen(new ListenAddress("no-such-host.invalid", 1)))
                .hasMessageContaining("no-such-host.invalid");
    }

    @Test
    void aFileInTheWayIsNamedAndNothingIsMade() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertThatThrownBy(() -> Preflight.canKeep(new DataDirectory(file.resolve("a/b"))))
                .hasMessageContaining(file + " is not a directory");
        Preflight.canKeep(new DataDirectory(directory.resolve("new/data")));
        assertThat(directory.resolve("new")).doesNotExist();
    }

    @Test
    void tooLittleSpaceIsSaidInNumbers() {
        assertThatThrownBy(() -> Preflight.hasSpace(new DataDirectory(directory.resolve("d")), 1L << 40, "a start"))
                .hasMessageContaining((1L << 40) + " MiB are needed")
                .hasMessageContaining("MiB are free");
    }
}

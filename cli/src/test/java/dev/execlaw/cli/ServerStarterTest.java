package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.config.Config;
import dev.execlaw.config.ConfigLoader;
import dev.execlaw.config.DataDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that cannot do on this host what it is told to. */
final class ServerStarterTest {

    private static final Optional<String> TOKEN = Optional.of("the-token-of-this-test");

    @Test
    void aRefusalIsToldInWordsAndNotAsAFault(@TempDir Path directory) throws IOException {
        Config config = ConfigLoader.withoutFile()
                .override("vm.driver", "firecracker")
                .override("network.mode", "user")
                .override("server.listen", "127.0.0.1:0")
                .load();
        DataDirectory data = new DataDirectory(directory);
        data.create();
        assertThatThrownBy(() -> new ServerStarter().start(config, data, BuildId.current(), TOKEN))
                .isInstanceOf(CliException.class)
                .hasMessageStartingWith("the server does not start: vm.driver is firecracker, which needs TAP devices")
                .satisfies(e -> assertThat(((CliException) e).next()).contains("execlaw doctor"));
    }
}

package dev.execlaw.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataDirectoryTest {

    @Test
    void theDefaultFollowsTheUser() {
        assertThat(DataDirectory.byDefault(true, Map.of())).hasToString("/var/lib/execlaw");
        assertThat(DataDirectory.byDefault(false, Map.of("HOME", "/home/a")))
                .hasToString("/home/a/.local/share/execlaw");
        assertThat(DataDirectory.byDefault(false, Map.of("HOME", "/home/a", "XDG_DATA_HOME", "/d")))
                .hasToString("/d/execlaw");
    }

    @Test
    void allOfItIsTheOwnersAlone(@TempDir Path parent) throws IOException {
        DataDirectory data = new DataDirectory(parent.resolve("x/data"));
        data.create();
        data.create();
        for (Path directory : new Path[] {data.root(), data.images(), data.run(), data.machines()}) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void aPathTooLongForSocketsIsRefusedWithTheLimit() {
        assertThatThrownBy(() -> new DataDirectory(Path.of("/" + "d".repeat(80))))
                .hasMessageContaining("at most 60 bytes");
    }
}

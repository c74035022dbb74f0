package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MountUnitTest {

    /** As {@code systemd-escape --path --suffix=mount} has them. */
    @Test
    void itsNameIsThePlaceEscaped() {
        assertThat(name("/var/lib/execlaw")).isEqualTo("var-lib-execlaw.mount");
        assertThat(name("/srv/my-data/.x y")).isEqualTo("srv-my\\x2ddata-.x\\x20y.mount");
        assertThat(name("/.hidden")).isEqualTo("\\x2ehidden.mount");
    }

    @Test
    void itMountsTheFileThere() {
        assertThat(new MountUnit(Path.of("/srv/50%.xfs"), Path.of("/var/lib/execlaw")).text())
                .contains("What=/srv/50%%.xfs\n", "Where=/var/lib/execlaw\n", "RequiresMountsFor=/srv\n")
                .contains("Type=xfs\nOptions=loop,discard,nosuid\n");
    }

    private static String name(String place) {
        return new MountUnit(Path.of("/file"), Path.of(place)).name();
    }
}

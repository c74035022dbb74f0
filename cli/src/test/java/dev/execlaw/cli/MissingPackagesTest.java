package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class MissingPackagesTest {

    @Test
    void withoutRootTheOneCommandIsSaid() {
        CliException refusal = Packages.refusal(List.of("socat", "mmdebstrap"), true);
        assertThat(refusal).hasMessageContaining("socat, mmdebstrap");
        assertThat(refusal.next()).endsWith("sudo apt-get install -y --no-install-recommends socat mmdebstrap");
    }
}

package dev.execlaw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.config.Config;
import dev.execlaw.config.ConfigLoader;
import dev.execlaw.config.DataDirectory;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.machine.MachineException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostChoiceTest {

    @TempDir
    Path directory;

    private HostChoice choice(String driver, String network) throws Exception {
        Config config = ConfigLoader.withoutFile()
                .override("vm.driver", driver)
                .override("network.mode", network)
                .override("firecracker.binary", "/bin/true")
                .override("firecracker.jailer", "a-jailer-that-is-nowhere")
                .load();
        DataDirectory data = new DataDirectory(directory);
        data.create();
        return HostChoice.of(new Wiring(config, data), new ImageStore(directory));
    }

    @Test
    void aFirecrackerThatIsAmissKeepsNoServerFromStarting() throws Exception {
        for (String network : new String[] {"user", "auto"}) {
            HostChoice choice = choice("auto", network);
            try (HostNetwork _ = choice.network()) {
                assertThat(choice.driver().driver().name()).isEqualTo("qemu");
                assertThat(choice.driver().reason()).startsWith("Firecracker ");
            }
        }
    }

    @Test
    void whoInsistsOnFirecrackerIsToldWhatIsMissing() {
        assertThatThrownBy(() -> choice("firecracker", "user"))
                .isInstanceOf(MachineException.class)
                .hasMessageContaining("needs TAP devices");
        assertThatThrownBy(() -> choice("firecracker", "tap"))
                .hasMessageContaining("a-jailer-that-is-nowhere")
                .hasMessageContaining("firecracker.jailer = \"none\"");
    }

    @Test
    void theNetworkSaysWhyItIsWhatItIs() throws Exception {
        HostChoice choice = choice("qemu", "user");
        try (HostNetwork network = choice.network()) {
            assertThat(network.mode()).isEqualTo(HostNetwork.Mode.USER);
            assertThat(network.reason()).isEqualTo("the configuration says so");
            assertThat(choice.driver().reason()).isEqualTo("the configuration says so");
        }
    }
}

package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The same sessions with Firecracker under its jailer (see {@link Firecrackers}). */
final class FirecrackerSessionTest extends FirstLightTest {

    @Override
    String config() {
        return Firecrackers.config();
    }

    @Test
    void theMachineIsInAJailAndHasAnAccountOfItsOwn() throws IOException {
        assertThat(product().api().get("/health").path("driver").asString()).isEqualTo("firecracker");
        ProcessHandle vmm = product().machineProcesses().stream()
                .filter(process -> Hosts.tells(process.pid(), session()))
                .min(java.util.Comparator.comparingLong(ProcessHandle::pid))
                .orElseThrow();
        Path status = Path.of("/proc/" + vmm.pid() + "/status");
        assertThat(Files.readString(status)).contains("Uid:\t1879048192\t1879048192");
        Path root = Path.of("/proc/" + vmm.pid() + "/root");
        assertThat(root.resolve("a.sock")).exists();
        assertThat(root.resolve("home")).doesNotExist();
    }
}

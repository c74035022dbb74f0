package dev.execlaw.microvm.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.process.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class CapabilityTest {

    @Test
    void theseTestsHaveWhatRootHas() throws Exception {
        assertThat(Capability.effective()).containsExactlyInAnyOrder(Capability.values());
    }

    @Test
    void theBitsAreThoseOfTheKernel() throws Exception {
        for (Capability capability : Capability.values()) {
            // setpriv(1) knows the names: without this one its bit is the only one missing.
            String name = capability.name().toLowerCase(Locale.ROOT);
            long without = mask(List.of("setpriv", "--bounding-set", "-" + name, "--inh-caps", "-" + name));
            long with = mask(List.of("setpriv", "--no-new-privs"));
            assertThat(with & ~without).as(name).isEqualTo(1L << capability.bit());
        }
    }

    private static long mask(List<String> before) throws Exception {
        List<String> line = new ArrayList<>(before);
        line.addAll(List.of("grep", "CapBnd", "/proc/self/status"));
        return Long.parseUnsignedLong(
                Command.of(line).runOrThrow().stdout().replace("CapBnd:", "").strip(), 16);
    }
}

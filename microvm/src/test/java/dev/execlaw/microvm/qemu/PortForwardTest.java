package dev.execlaw.microvm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PortForwardTest {

    private static final String HEAD = "Hub -1 (net0):\r\n  Protocol[State]    FD  Source Address  Port   Dest. Address"
            + "  Port RecvQ SendQ\r\n";
    private static final String OTHERS = HEAD
            + "  TCP[ESTABLISHED]   21       127.0.0.1 40000      10.200.0.2    22     0     0\r\n"
            + "  TCP[HOST_FORWARD]  13       127.0.0.1 35149      10.200.0.2    23     0     0\r\n";
    private static final String OURS =
            OTHERS + "  TCP[HOST_FORWARD]  12       127.0.0.1 34297      10.200.0.2    22     0     0\r\n";

    @Test
    void whatIsForwardedAlreadyIsFound() throws Exception {
        assertThat(new PortForward("10.200.0.2", 22).through(_ -> OURS).orElseThrow())
                .hasToString("localhost/127.0.0.1:34297");
    }

    @Test
    void whatIsNotIsForwardedOnceAndThenAskedFor() throws Exception {
        List<String> told = new ArrayList<>();
        PortForward.Monitor monitor = line -> {
            told.add(line);
            return line.startsWith("hostfwd_add") ? "" : told.size() == 1 ? OTHERS : OURS;
        };
        assertThat(new PortForward("10.200.0.2", 22)
                        .through(monitor)
                        .orElseThrow()
                        .getPort())
                .isEqualTo(34297);
        assertThat(told)
                .containsExactly("info usernet", "hostfwd_add net0 tcp:127.0.0.1:0-10.200.0.2:22", "info usernet");
    }

    @Test
    void aRefusalIsToldInQemusWords() {
        PortForward.Monitor monitor = line -> line.startsWith("hostfwd_add") ? "could not set up\r\n" : HEAD;
        assertThatThrownBy(() -> new PortForward("10.200.0.2", 22).through(monitor))
                .hasMessageContaining("could not set up");
        assertThatThrownBy(() -> new PortForward("10.200.0.2", 0)).hasMessageContaining("port 0");
    }
}

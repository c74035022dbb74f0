package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.image.Progress.Unit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

final class ProgressDisplayTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    private final AtomicLong clock = new AtomicLong();

    @Test
    void pipedOutputIsPlainLinesWithElapsedTime() throws InterruptedException {
        try (ProgressDisplay display = new ProgressDisplay(out, 0, clock::get)) {
            display.step(
                    "packages", () -> clock.addAndGet(Duration.ofMillis(2500).toNanos()));
            display.begin("file system");
            display.advance(1, 2, Unit.BYTES);
            display.end("file system", Duration.ofSeconds(1));
        }
        assertThat(text()).isEqualTo("""
                  packages ...
                  packages: 2.5 s
                  file system ...
                  file system: 1.0 s
                """);
    }

    @Test
    void aStepThatFailsSaysSo() {
        try (ProgressDisplay display = new ProgressDisplay(out, 0, clock::get)) {
            assertThatThrownBy(() -> display.step("kernel", () -> {
                        throw new IOException("gone");
                    }))
                    .isInstanceOf(IOException.class);
        }
        assertThat(text()).contains("kernel: failed after 0.0 s");
    }

    @Test
    void aTerminalGetsABarThatFitsIt() {
        try (ProgressDisplay display = new ProgressDisplay(out, 66, clock::get)) {
            display.begin("download");
            clock.addAndGet(Duration.ofSeconds(2).toNanos());
            display.advance(50 << 20, 100 << 20, Unit.BYTES);
            display.note("a very long line of detail that does not fit\ton any terminal of this width");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(text()).contains("[############............] 50 % 25.0 MiB/s"));
        }
        assertThat(text().split("\r\033\\[K|\n"))
                .allSatisfy(line -> assertThat(line).hasSizeLessThan(66));
    }

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}

package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What counts as a breakdown of the laboratory itself; all else is a failure of the product. */
final class LaboratoryTest {

    @TempDir
    private Path directory;

    private void console(String text) throws IOException {
        Files.writeString(directory.resolve("console.log"), text);
    }

    @Test
    void itsOwnKernelSaysWhenItBreaksDown() throws IOException {
        console("""
                ExeClaw is up: http://10.0.2.15:18081/
                [   38.805022] BUG: TASK stack guard page was hit at 000000001f893ddc
                [   88.708557] Kernel panic - not syncing: corrupted stack end detected inside scheduler
                """);
        assertThat(Laboratory.breakdown(directory))
                .hasValue("[   38.805022] BUG: TASK stack guard page was hit at 000000001f893ddc");
    }

    @Test
    void whatTheProductLogsOfItsGuestsIsNone() throws IOException {
        assertThat(Laboratory.breakdown(directory)).isEmpty();
        console("""
                [   26.983408] kvm [238]: vcpu0, guest rIP: 0xffffffff8e473744 Unhandled WRMSR(0xc0010007) = 0xffff
                18:44:36.949 WARN  Launch: the console ended with: [    1.2] Kernel panic - not syncing: no init
                """);
        assertThat(Laboratory.breakdown(directory)).isEmpty();
    }
}

package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tells of a breakdown of the laboratory itself. */
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
    void itsProcessorBreaksDownWhenItRefusesAnInstructionOfJavas() throws IOException {
        console("""
                ExeClaw is up: http://10.0.2.15:18081/
                #
                # A fatal error has been detected by the Java Runtime Environment:
                #
                #  SIGILL (0x4) at pc=0x00007f3223b0de24, pid=122, tid=171
                """);
        assertThat(Laboratory.breakdown(directory))
                .hasValue("#  SIGILL (0x4) at pc=0x00007f3223b0de24, pid=122, tid=171");
        console("""
                # A fatal error has been detected by the Java Runtime Environment:
                #
                #  SIGSEGV (0xb) at pc=0x00007f3223b0de24, pid=122, tid=171
                """);
        assertThat(Laboratory.breakdown(directory)).isEmpty();
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

package dev.execlaw.microvm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GuestEndTest {

    @Test
    void isReadFromTheConsole() {
        assertThat(GuestEnd.of("[  1.0] reboot: Restarting system\n")).isEqualTo(GuestEnd.REBOOT);
        assertThat(GuestEnd.of("[  1.0] reboot: Power down\n")).isEqualTo(GuestEnd.POWER_OFF);
        assertThat(GuestEnd.of("Kernel panic - not syncing: Attempted to kill init!\n---[ end"))
                .isEqualTo(GuestEnd.PANIC);
        assertThat(GuestEnd.of("login: ")).isEqualTo(GuestEnd.UNTOLD);
    }

    @Test
    void lastMarkCounts() {
        assertThat(GuestEnd.of("# echo 'Kernel panic - not syncing'\n# reboot\nreboot: Restarting system"))
                .isEqualTo(GuestEnd.REBOOT);
    }

    @Test
    void exitCodesAreNotSignals() {
        assertThat(ExitCode.describe(148)).isEqualTo("status 148: it made a system call that its filter forbids");
        assertThat(ExitCode.describe(77)).isEqualTo("status 77");
    }
}

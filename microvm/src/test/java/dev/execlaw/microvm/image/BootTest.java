package dev.execlaw.microvm.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Boots the real image. */
class BootTest {

    private static final String MARKER = "/root/.nullclaw/config.json";

    @TempDir
    Path directory;

    private BootedGuest guest;

    @BeforeEach
    void boot() throws Exception {
        guest = new BootedGuest(
                TestImage.debian(),
                directory,
                List.of(new GuestFile(MARKER, "{\"injected\": true}".getBytes(StandardCharsets.UTF_8), 0600)));
    }

    @AfterEach
    void kill() throws Exception {
        if (guest != null) {
            guest.close();
        }
    }

    @Test
    void logsInOnTheConsoleWithMarksAndRunsCommands() throws Exception {
        assertThat(guest.run("cat " + MARKER)).contains("{\"injected\": true}").endsWith("0");
        assertThat(guest.run("false")).endsWith("1");
        assertThat(guest.run("hostname; cat /proc/sys/kernel/hostname")).containsSubsequence("nullclaw", "nullclaw");
        assertThat(guest.run("ip -4 -brief address show eth0; ip route"))
                .contains("10.200.0.2/30", "default via 10.200.0.1");
        assertThat(guest.run("nullclaw --version; readlink /usr/local/bin/nullclaw"))
                .contains("execlaw-agent");
        assertThat(guest.run("python3 -c 'import json, http.client, subprocess, urllib.request, ssl'"))
                .endsWith("0");
        assertThat(guest.run("systemctl is-system-running --wait")).contains("running");
        assertThat(guest.run("ls /etc/ssh/ssh_host_*_key; wc -c < /etc/machine-id"))
                .as("identities are the machine's own")
                .contains("ssh_host_ed25519_key", "33");
        assertThat(guest.run("stat -c '%U:%G:%a' /usr/bin/su /etc/shadow /tmp"))
                .contains("root:root:4755", "root:shadow:640", "root:root:1777");
        assertThat(guest.run("exec bash"))
                .as("a shell within the shell is quiet")
                .doesNotContain("133;D");
    }
}

package dev.execlaw.microvm.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.image.recipe.BuildOptions;
import dev.execlaw.microvm.image.recipe.SmallTree;
import dev.execlaw.microvm.image.recipe.UbuntuRecipe;
import dev.execlaw.microvm.process.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Boots an image of the recipe {@code ubuntu-24.04}. Its tree is that of the Debian test image, packed as a squashfs,
 * and its kernel Debian's with our initramfs: the files that the recipe is for are not at hand where tests run.
 */
class UbuntuBootTest {

    @TempDir
    Path directory;

    @Test
    void aDebianTreeAsSquashfsBootsToAShellThatAnswers() throws Exception {
        Image debian = TestImage.debian();
        Path tree = Files.createDirectory(directory.resolve("debian tree"));
        Command.of("debugfs", "-R", "rdump / \"" + tree + "\"", debian.rootfs().toString())
                .timeout(Duration.ofMinutes(2))
                .runOrThrow();
        Path squashfs = SmallTree.squashfs(tree, directory.resolve("debian.squashfs"));
        Image image = new ImageBuilder(new ImageStore(directory.resolve("data")), Progress.NONE)
                .build(new UbuntuRecipe(debian.kernel(), debian.initramfs(), squashfs), BuildOptions.DEFAULT, false);

        try (BootedGuest guest = new BootedGuest(image, directory, List.of())) {
            assertThat(guest.run("true")).endsWith("0");
            assertThat(guest.run("hostname; ip -4 -brief address show eth0")).contains("nullclaw", "10.200.0.2/30");
            assertThat(guest.run("cat /etc/resolv.conf")).contains("nameserver 8.8.8.8", "nameserver 1.1.1.1");
            assertThat(guest.run("nullclaw --version"))
                    .contains("execlaw-agent")
                    .endsWith("0");
            assertThat(guest.run("test -z \"$(find / -xdev ! -user root)\""))
                    .as("all is root's")
                    .endsWith("0");
            assertThat(guest.run("ls /etc/ssh/ssh_host_*_key; wc -c < /etc/machine-id"))
                    .contains("ssh_host_ed25519_key", "33");
            assertThat(guest.run("systemctl is-system-running --wait")).contains("running");
        }
    }
}

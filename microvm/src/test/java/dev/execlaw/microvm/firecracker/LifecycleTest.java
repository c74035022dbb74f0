package dev.execlaw.microvm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From the start of a guest to the end of its process, however it ends. */
final class LifecycleTest {

    @TempDir
    Path directory;

    @Test
    void aGuestThatRebootsEndsTheProcessWithNought() throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            SerialLine line = vmm.boot(api);
            assertThat(line.run("cat /proc/cmdline"))
                    .contains("console=ttyS0 reboot=k panic=1 deaf")
                    .contains("pci=off");

            line.send("reboot -f\n");

            assertThat(vmm.exit()).isZero();
        }
    }

    @Test
    void aConfigurationFileStartsAGuestWithoutAnApi() throws Exception {
        Files.writeString(directory.resolve("config"), """
                {"boot-source":{"kernel_image_path":"%s/vmlinuz","initrd_path":"%s/initramfs",
                 "boot_args":"console=ttyS0 reboot=k panic=1 deaf"},
                 "machine-config":{"vcpu_count":1,"mem_size_mib":160},"drives":[]}""".formatted(ApiProcess.GUEST, ApiProcess.GUEST));
        try (ApiProcess vmm = ApiProcess.start(directory, "", "--config-file", "config", "--no-api")) {
            vmm.serial().awaitPrompt().send("reboot -f\n");

            assertThat(vmm.exit()).isZero();
            assertThat(vmm.socket()).doesNotExist();
        }
    }

    @Test
    void aGuestThatPanicsEndsTheProcessWithNoughtToo() throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            SerialLine line = vmm.boot(api);

            line.send("echo 8 >/proc/sys/kernel/printk; echo c >/proc/sysrq-trigger\n");

            line.await("Kernel panic");
            assertThat(vmm.exit()).isZero();
        }
    }

    @Test
    void aGuestThatPowersOffLeavesTheProcess() throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            SerialLine line = vmm.boot(api);

            line.send("echo 8 >/proc/sys/kernel/printk; poweroff -f\n");

            line.await("reboot: ");
            assertThat(vmm.process().waitFor(1, TimeUnit.SECONDS)).isFalse();
            assertThat(api.get("/").body()).contains("\"state\":\"Running\"");
        }
    }

    @Test
    void killedItTakesTheGuestAlong() throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            vmm.boot(api);
            List<ProcessHandle> children = vmm.process().descendants().toList();

            vmm.process().destroyForcibly();

            assertThat(vmm.exit()).isEqualTo(137);
            Awaitility.await()
                    .atMost(ApiProcess.PATIENCE)
                    .until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
        }
    }

    @Test
    void terminatedItSaysSoAndTheGuestIsGoneAlready() throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            vmm.boot(api);
            List<ProcessHandle> children = vmm.process().descendants().toList();

            vmm.process().destroy();

            assertThat(vmm.exit()).isEqualTo(143);
            assertThat(children).noneMatch(ProcessHandle::isAlive);
        }
    }

    @Test
    void controlAltDeleteRebootsAGuestThatListens() throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            vmm.boot(api).run("echo 1 >/proc/sys/kernel/ctrl-alt-del");

            ApiProcess.expect204(api.put("/actions", "{\"action_type\":\"SendCtrlAltDel\"}"));

            assertThat(vmm.exit()).isZero();
        }
    }

    @Test
    void controlAltDeleteWaitsWhileTheGuestIsPaused() throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            vmm.boot(api).run("echo 1 >/proc/sys/kernel/ctrl-alt-del");
            ApiProcess.expect204(api.patch("/vm", "{\"state\":\"Paused\"}"));

            ApiProcess.expect204(api.put("/actions", "{\"action_type\":\"SendCtrlAltDel\"}"));
            assertThat(vmm.process().isAlive()).isTrue();
            ApiProcess.expect204(api.patch("/vm", "{\"state\":\"Resumed\"}"));

            assertThat(vmm.exit()).isZero();
        }
    }

    @Test
    void pauseAndResumeMayBeRepeated() throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            SerialLine line = vmm.boot(api);
            for (int i = 0; i < 2; i++) {
                ApiProcess.expect204(api.patch("/vm", "{\"state\":\"Paused\"}"));
                assertThat(api.get("/").body()).contains("\"state\":\"Paused\"");
            }
            for (int i = 0; i < 2; i++) {
                ApiProcess.expect204(api.patch("/vm", "{\"state\":\"Resumed\"}"));
                assertThat(api.get("/").body()).contains("\"state\":\"Running\"");
            }
            assertThat(line.run("echo still here")).isEqualTo("still here\n");
        }
    }

    @Test
    void aProcessThatIgnoresSigtermEndsBySigkill() throws Exception {
        onlyTheDouble();
        try (ApiProcess vmm = ApiProcess.start(directory, "ignore-sigterm");
                RawConnection api = vmm.connect()) {
            api.get("/");
            vmm.process().destroy();
            assertThat(api.get("/").status()).isEqualTo(200);
            assertThat(vmm.process().waitFor(300, TimeUnit.MILLISECONDS)).isFalse();

            vmm.process().destroyForcibly();
            assertThat(vmm.exit()).isEqualTo(137);
        }
    }

    @Test
    void aBadSystemCallHasAStatusOfItsOwn() throws Exception {
        onlyTheDouble();
        try (ApiProcess vmm = ApiProcess.start(directory, "no-guest exit=148");
                RawConnection api = vmm.connect()) {
            startWithoutGuest(api);
            assertThat(vmm.exit()).isEqualTo(148);
        }
    }

    @Test
    void withoutAGuestTheStartIsAnsweredAllTheSame() throws Exception {
        onlyTheDouble();
        try (ApiProcess vmm = ApiProcess.start(directory, "no-guest");
                RawConnection api = vmm.connect()) {
            startWithoutGuest(api);
            assertThat(api.get("/").body()).contains("\"state\":\"Running\"");
            assertThat(vmm.process().descendants()).isEmpty();
        }
    }

    private static void startWithoutGuest(RawConnection api) throws IOException {
        ApiProcess.configure(
                api,
                ApiProcess.GUEST.resolve("vmlinuz").toString(),
                ApiProcess.GUEST.resolve("initramfs").toString());
        ApiProcess.start(api);
    }

    private static void onlyTheDouble() {
        assumeTrue(ApiProcess.BINARIES.isDouble(), "fault modes are the double's");
    }
}

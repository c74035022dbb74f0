package dev.execlaw.microvm.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guest's console on standard input and output. */
final class SerialTest {

    @TempDir
    Path directory;

    @Test
    void moreThanTheReceiverHoldsAndSingleBytesAndSplitCharactersArrive() throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            SerialLine line = vmm.boot(api);
            String long500 = "x".repeat(500);
            assertThat(line.run("echo " + long500)).isEqualTo(long500 + "\n");

            byte[] command = "echo grüße €\n".getBytes(UTF_8);
            for (byte b : command) {
                vmm.process().getOutputStream().write(b);
                vmm.process().getOutputStream().flush();
            }
            line.await("\033]133;C\007");
            assertThat(line.await("\r\n")).isEqualTo("grüße €");
        }
    }

    @Test
    void aReaderThatComesLateBlocksNeitherTheGuestNorTheApi() throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            // The kernel's own messages at this level are more than a pipe holds.
            ApiProcess.expect204(api.put("/machine-config", "{\"vcpu_count\":1,\"mem_size_mib\":160}"));
            ApiProcess.configure(
                    api,
                    ApiProcess.GUEST.resolve("vmlinuz").toString(),
                    ApiProcess.GUEST.resolve("initramfs").toString());
            ApiProcess.start(api);
            vmm.process().getOutputStream().write("yes | head -c 200000; echo done >/dev/kmsg\n".getBytes(UTF_8));
            vmm.process().getOutputStream().flush();
            Awaitility.await().until(() -> vmm.process().getInputStream().available() >= 60_000);

            assertThat(api.get("/").status()).isEqualTo(200);
            SerialLine line = vmm.serial();
            line.await("\033]133;D;");
            line.awaitPrompt();
            assertThat(line.run("echo alive")).isEqualTo("alive\n");
        }
    }

    @Test
    void theEndOfTheInputLeavesTheGuestRunning() throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            SerialLine line = vmm.boot(api);
            line.send("for i in 1 2 3 4 5 6; do usleep 200000; echo tick $i; done\n");
            line.await("tick 1");

            vmm.process().getOutputStream().close();

            line.await("tick 6");
            assertThat(api.get("/").body()).contains("Running");
        }
    }

    @Test
    void aReaderThatDiesLeavesTheApiAnswering() throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            ApiProcess.configure(
                    api,
                    ApiProcess.GUEST.resolve("vmlinuz").toString(),
                    ApiProcess.GUEST.resolve("initramfs").toString());
            ApiProcess.start(api);

            vmm.process().getInputStream().close();

            assertThat(vmm.process().waitFor(2, TimeUnit.SECONDS)).isFalse();
            assertThat(api.get("/").body()).contains("Running");
        }
    }

    @Test
    void aSerialFileIsWrittenFromItsStartAndTheInputIsNotRead() throws Exception {
        Files.writeString(directory.resolve("serial"), "#".repeat(500_000));
        try (ApiProcess vmm = ApiProcess.ready(directory);
                RawConnection api = vmm.connect()) {
            ApiProcess.expect204(api.put("/serial", "{\"serial_out_path\":\"serial\"}"));
            ApiProcess.configure(
                    api,
                    ApiProcess.GUEST.resolve("vmlinuz").toString(),
                    ApiProcess.GUEST.resolve("initramfs").toString());
            ApiProcess.start(api);

            Awaitility.await()
                    .atMost(ApiProcess.PATIENCE)
                    .until(() -> Files.readString(directory.resolve("serial")).contains("\033]133;B\007"));
            String serial = Files.readString(directory.resolve("serial"));
            assertThat(serial).doesNotStartWith("#").hasSize(500_000).endsWith("###");
        }
    }

    @Test
    void anOutputThatIsClosedAtTheStartIsSeenAsItsEnd() throws Exception {
        assumeTrue(ApiProcess.BINARIES.isDouble(), "fault modes are the double's");
        try (ApiProcess vmm = ApiProcess.start(directory, "stdout-closed");
                RawConnection api = vmm.connect()) {
            assertThat(api.get("/").status()).isEqualTo(200);
            assertThat(vmm.serial().awaitEnd()).isTrue();
            assertThat(vmm.process().isAlive()).isTrue();
        }
    }
}

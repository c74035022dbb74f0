package dev.execlaw.microvm.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
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
            ApiProcess.configure(
                    api,
                    ApiProcess.GUEST.resolve("vmlinuz").toString(),
                    ApiProcess.GUEST.resolve("initramfs").toString());
            ApiProcess.start(api);
            readToThePrompt(vmm.process().getInputStream());
            // More than a pipe holds.
            vmm.process().getOutputStream().write("yes | head -c 200000\n".getBytes(UTF_8));
            vmm.process().getOutputStream().flush();
            Awaitility.await()
                    .atMost(ApiProcess.PATIENCE)
                    .until(() -> vmm.process().getInputStream().available() >= 60_000);

            assertThat(api.get("/").status()).isEqualTo(200);
            SerialLine line = vmm.serial();
            line.send("echo ali''ve\n");
            line.await("alive");
            assertThat(line.awaitPrompt().run("echo alive")).isEqualTo("alive\n");
        }
    }

    private static void readToThePrompt(InputStream output) throws IOException {
        StringBuilder seen = new StringBuilder();
        while (seen.indexOf("\033]133;B\007") < 0) {
            int c = output.read();
            assertThat(c).as("the console ended: %s", seen).isNotNegative();
            seen.append((char) c);
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

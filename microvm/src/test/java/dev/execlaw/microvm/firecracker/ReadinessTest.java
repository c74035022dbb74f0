package dev.execlaw.microvm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ways in which a process does not become ready. */
final class ReadinessTest {

    @TempDir
    Path directory;

    @Test
    void anEndBeforeTheSocketIsSeenWithWhatWasSaid() throws Exception {
        onlyTheDouble();
        try (ApiProcess vmm = ApiProcess.start(directory, "exit-before-bind")) {
            assertThatThrownBy(vmm::connect).hasMessageContaining("status 1").hasMessageContaining("exit-before-bind");
        }
    }

    @Test
    void aProcessMayLiveWithoutASocket() throws Exception {
        onlyTheDouble();
        try (ApiProcess vmm = ApiProcess.start(directory, "never-bind")) {
            Awaitility.await()
                    .atMost(ApiProcess.PATIENCE)
                    .until(() -> Files.exists(vmm.path("vmm.log")) && Files.size(vmm.path("vmm.log")) > 0);
            assertThat(vmm.process().waitFor(300, TimeUnit.MILLISECONDS)).isFalse();
            assertThat(vmm.socket()).doesNotExist();
        }
    }

    @Test
    void aSocketMayBeThereAndNobodyAnswers() throws Exception {
        onlyTheDouble();
        try (ApiProcess vmm = ApiProcess.start(directory, "bind-never-answer");
                RawConnection api = vmm.connect()) {
            CompletableFuture<Integer> answer = CompletableFuture.supplyAsync(() -> {
                try {
                    return api.get("/").status();
                } catch (IOException e) {
                    return -1;
                }
            });
            assertThat(answer.completeOnTimeout(0, 500, TimeUnit.MILLISECONDS).get())
                    .isZero();
        }
    }

    @Test
    void theFaultModeCanBeAFileBesideTheSocket() throws Exception {
        onlyTheDouble();
        Files.writeString(directory.resolve("fault"), "exit-before-bind");
        try (ApiProcess vmm = ApiProcess.start(directory, "")) {
            assertThat(vmm.exit()).isEqualTo(1);
        }
    }

    @Test
    void aSocketFileThatIsThereIsRefusedAndStays() throws Exception {
        try (ServerSocketChannel old = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            old.bind(UnixDomainSocketAddress.of(directory.resolve("api.sock")));
        }
        try (ApiProcess vmm = ApiProcess.start(directory, "")) {
            assertThat(vmm.exit()).isEqualTo(1);
            assertThat(Files.readString(vmm.path("vmm.log"))).contains("Check that it is not already used");
            assertThat(vmm.said()).isNotEmpty();
            assertThat(vmm.socket()).exists();
        }
    }

    @Test
    void theSocketIsNotRemovedAtTheEnd() throws Exception {
        try (ApiProcess vmm = ApiProcess.ready(directory)) {
            vmm.process().destroy();
            assertThat(vmm.exit()).isEqualTo(143);
            assertThat(vmm.socket()).exists();
        }
    }

    @Test
    void aRepeatedFlagIsABadArgument() throws Exception {
        try (ApiProcess vmm = ApiProcess.start(directory, "", "--id", "a", "--id", "b")) {
            assertThat(vmm.exit()).isEqualTo(153);
        }
    }

    @Test
    void anUnknownFlagIsABadArgument() throws Exception {
        try (ApiProcess vmm = ApiProcess.start(directory, "", "--verbose")) {
            assertThat(vmm.exit()).isEqualTo(153);
        }
    }

    @Test
    void anIdWithAnUnderscoreAborts() throws Exception {
        try (ApiProcess vmm = ApiProcess.start(directory, "", "--id", "a_b")) {
            assertThat(vmm.exit()).isEqualTo(134);
        }
    }

    @Test
    void aBadConfigurationFileHasAStatusOfItsOwn() throws Exception {
        Files.writeString(directory.resolve("config"), "{\"boot-source\":{\"kernel_image_path\":\"none\"}}");
        try (ApiProcess vmm = ApiProcess.start(directory, "", "--config-file", "config")) {
            assertThat(vmm.exit()).isEqualTo(152);
        }
    }

    @Test
    void theFirstLineOfTheVersionIsThatOfFirecracker() throws Exception {
        Process process = new ProcessBuilder(ApiProcess.BINARIES.firecracker().toString(), "--version").start();
        String version = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(version).matches("(?s)Firecracker v1\\.\\d+\\.\\d+[^\n]*\n.*");
        if (ApiProcess.BINARIES.isDouble()) {
            assertThat(version.lines().skip(1).findFirst().orElse("")).contains("ExeClaw's double");
        }
    }

    private static void onlyTheDouble() {
        assumeTrue(ApiProcess.BINARIES.isDouble(), "fault modes are the double's");
    }
}

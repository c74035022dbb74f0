package dev.execlaw.microvm.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.machine.Driver.Accelerator;
import dev.execlaw.microvm.machine.MachineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Opening the driver over programs that are not as they should be. */
@Timeout(60)
class ProgramsTest {

    private static final Accelerator KVM = new Accelerator("kvm", "said by the test");

    @TempDir
    private Path directory;

    @Test
    void opensOverWhatFits() throws Exception {
        FirecrackerDriver driver = open(script("Firecracker v1.17.0"), script("Jailer v1.17.0"));
        assertThat(driver.version()).isEqualTo(new FirecrackerVersion(1, 17, 0, ""));
        assertThat(driver.accelerator()).isEqualTo(KVM);
        assertThat(driver.kernelArguments()).isEmpty();
        assertThat(driver.name()).isEqualTo("firecracker");
    }

    @Test
    void whatIsWrongIsToldInWords() throws Exception {
        Path good = script("Firecracker v1.17.0");
        assertRefused(directory.resolve("none"), null, "Firecracker is not at", "execlaw setup firecracker");
        assertRefused(good, directory.resolve("none"), "the jailer is not at");
        assertRefused(good, script("Jailer v1.16.1"), "of release v1.16.1", "of v1.17.0", "both of one release");
        assertRefused(script("Firecracker v1.11.0"), null, "which is not used", "#4731");
        assertRefused(script("hello"), null, "told \"hello\", which is no version");
        Path plain = script("Firecracker v1.17.0");
        Files.setPosixFilePermissions(plain, PosixFilePermissions.fromString("rw-r--r--"));
        assertRefused(plain, null, "may not be executed; chmod a+x");
        Path text = executable("neither", "just text".getBytes(UTF_8));
        assertRefused(text, null, "neither an ELF file nor a script");
    }

    @Test
    void programOfAnotherMachineIsToldBeforeItFailsToRun() throws Exception {
        byte[] program = Files.readAllBytes(Path.of("/bin/true"));
        program[18] = 40; // EM_ARM
        program[19] = 0;
        assertRefused(executable("arm", program), null, "is a 64-bit program for machine 40, this host is");
    }

    @Test
    void networkNamespaceMustBeThere() throws Exception {
        FirecrackerSettings settings = new FirecrackerSettings(
                script("Firecracker v1.17.0"),
                script("Jailer v1.17.0"),
                directory,
                null,
                "execlaw",
                directory.resolve("netns"),
                false,
                1 << 20);
        assertThatThrownBy(() -> FirecrackerDriver.open(settings, KVM))
                .isInstanceOf(MachineException.class)
                .hasMessageContaining("ip netns add");
    }

    private void assertRefused(Path binary, @Nullable Path jailer, String... words) {
        assertThatThrownBy(() -> open(binary, jailer))
                .isInstanceOf(MachineException.class)
                .hasMessageContainingAll(words);
    }

    private FirecrackerDriver open(Path binary, @Nullable Path jailer) throws MachineException {
        return FirecrackerDriver.open(FirecrackerSettings.of(binary, jailer, directory), KVM);
    }

    private Path script(String told) throws IOException {
        return executable("program", ("#!/bin/sh\necho '" + told + "'\n").getBytes(UTF_8));
    }

    private Path executable(String name, byte[] content) throws IOException {
        Path file = Files.createTempFile(directory, name, "");
        Files.write(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }
}

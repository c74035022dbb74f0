package dev.execlaw.microvm.image.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.image.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SetupFirecrackerTest {

    private static final Architecture X86 = Architecture.X86_64;
    private static final String SUFFIX = "-v1.16.1-x86_64";

    @TempDir
    Path dir;

    private SetupFirecracker setup;

    @BeforeEach
    void create() {
        setup = new SetupFirecracker(dir.resolve("data"));
    }

    @Test
    void putsTheTwoProgramsInTheirVersionsPlaceAndNothingElse() throws IOException {
        assertThat(setup.find("v1.16.1", X86)).isEmpty();
        SetupFirecracker.Installed installed = install(FirecrackerTarball.whole("v1.16.1", X86));

        assertThat(installed.firecracker())
                .isEqualTo(dir.resolve("data/firecracker/v1.16.1-x86_64/firecracker"))
                .isExecutable()
                .hasBinaryContent(Samples.elf());
        assertThat(installed.jailer()).isExecutable();
        try (Stream<Path> all = Files.list(installed.jailer().getParent())) {
            assertThat(all).hasSize(2);
        }
        assertThat(setup.find("v1.16.1", X86)).contains(installed);
        assertThat(setup.find("v1.17.0", X86)).isEmpty();
    }

    @Test
    void leavesWhatIsThereAndMendsHalfOfIt() throws IOException {
        SetupFirecracker.Installed installed = install(FirecrackerTarball.whole("v1.16.1", X86));
        Files.write(installed.firecracker(), new byte[] {1});
        assertThat(install(new byte[0]).firecracker()).hasBinaryContent(new byte[] {1});
        Files.delete(installed.jailer());
        install(FirecrackerTarball.whole("v1.16.1", X86));
        assertThat(installed.firecracker()).hasBinaryContent(Samples.elf());
        assertThat(installed.jailer()).isExecutable();
    }

    @Test
    void refusesATarballThatLeadsOut() throws IOException {
        assertRefused(new FirecrackerTarball().file("../firecracker" + SUFFIX, Samples.elf()), "..");
        assertRefused(new FirecrackerTarball().file("/tmp/firecracker" + SUFFIX, Samples.elf()), "absolute");
        assertRefused(new FirecrackerTarball().entry('3', "dev/kvm", "", new byte[0]), "dev/kvm");
    }

    @Test
    void doesNotTakeALinkForAProgram() throws IOException {
        assertRefused(
                new FirecrackerTarball()
                        .entry('2', "r/firecracker" + SUFFIX, "/bin/sh", new byte[0])
                        .file("r/jailer" + SUFFIX, Samples.elf()),
                "holds no firecracker" + SUFFIX);
    }

    @Test
    void refusesWhatIsNoProgramOfThisArchitecture() throws IOException {
        assertRefused(
                new FirecrackerTarball().file("r/firecracker" + SUFFIX, Samples.elfFor(Architecture.AARCH64)),
                "is an ELF file for aarch64");
        assertRefused(new FirecrackerTarball().file("r/firecracker" + SUFFIX, new byte[700]), "not an ELF file");
    }

    @Test
    void refusesAnIncompleteOrDoubledTarball() throws IOException {
        assertRefused(
                new FirecrackerTarball().file("r/firecracker" + SUFFIX, Samples.elf()), "holds no jailer" + SUFFIX);
        assertRefused(
                new FirecrackerTarball()
                        .file("a/firecracker" + SUFFIX, Samples.elf())
                        .file("b/firecracker" + SUFFIX, Samples.elf()),
                "twice");
        assertThatThrownBy(() -> install(new byte[] {1, 2, 3})).isInstanceOf(IOException.class);
        assertNothingLeft();
    }

    @Test
    void refusesAVersionThatIsAPath() {
        assertThatThrownBy(() -> setup.install(dir.resolve("x"), "v1.0.0/../..", X86, Progress.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("v1.0.0/../..");
    }

    private void assertRefused(FirecrackerTarball tarball, String said) throws IOException {
        byte[] bytes = tarball.gzip();
        assertThatThrownBy(() -> install(bytes)).isInstanceOf(IOException.class).hasMessageContaining(said);
        assertNothingLeft();
    }

    private void assertNothingLeft() throws IOException {
        try (Stream<Path> all = Files.list(dir.resolve("data/firecracker"))) {
            assertThat(all).map(path -> path.getFileName().toString()).containsExactly(".lock");
        }
    }

    private SetupFirecracker.Installed install(byte[] tarball) throws IOException {
        Path file = Files.write(dir.resolve("firecracker.tgz"), tarball);
        return setup.install(file, "v1.16.1", X86, Progress.NONE);
    }
}

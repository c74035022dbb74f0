package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.cli.ScratchCheckout.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code execlaw test --firecracker FILE --jailer FILE}: what Maven is told. */
final class LauncherTestOptionsTest {

    private static final String MAVEN = """
            #!/bin/sh
            mkdir -p cli/target/lib
            : > cli/target/lib/a.jar
            echo "maven $*"
            """;

    @TempDir
    private Path directory;

    private ScratchCheckout checkout;
    private Path firecracker;
    private Path jailer;

    @BeforeEach
    void make() throws IOException {
        checkout = new ScratchCheckout(directory);
        ScratchCheckout.jdk(directory.resolve("jvm/jdk-25"), "25.0.2");
        Files.writeString(checkout.root().resolve("mvnw"), MAVEN);
        firecracker = executable("firecracker");
        jailer = executable("jailer");
    }

    @Test
    void theProgramsAndTheOtherOptionsReachMaven() throws Exception {
        String maven = maven("--firecracker", firecracker.toString(), "-Dtest=A", "--jailer", jailer.toString(), "-o");
        assertThat(maven)
                .contains(" verify ", " -Dtest=A -o ")
                .contains("-Dexeclaw.firecracker.binary=" + firecracker.toRealPath() + " ")
                .endsWith("-Dexeclaw.firecracker.jailer=" + jailer.toRealPath())
                .doesNotContain("--firecracker", "--jailer");
    }

    @Test
    void aJailerMayBeDoneWithout() throws Exception {
        assertThat(maven("--jailer", "none", "--firecracker", firecracker.toString()))
                .endsWith("-Dexeclaw.firecracker.jailer=none");
        assertThat(maven("--firecracker", firecracker.toString())).endsWith("-Dexeclaw.firecracker.jailer=none");
    }

    @Test
    void withoutThemMavenIsToldNothing() throws Exception {
        assertThat(maven("-Dtest=A")).endsWith(" -Dtest=A").doesNotContain("firecracker");
    }

    @Test
    void aFileThatCannotBeRunIsNamed() throws Exception {
        Path text = Files.writeString(directory.resolve("text"), "not a program");
        assertRefused("--firecracker: " + text + " is not executable", "--firecracker", text.toString());
        assertRefused(
                "there is no file /nowhere/jailer",
                "--firecracker",
                firecracker.toString(),
                "--jailer",
                "/nowhere/jailer");
        assertRefused("--firecracker needs a file", "--firecracker");
        assertRefused("there is no file none", "--firecracker", "none");
        assertRefused("no --firecracker", "--jailer", jailer.toString());
    }

    private void assertRefused(String said, String... options) throws Exception {
        Outcome outcome = test(options);
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.errors().lines().toList().getLast())
                .startsWith("execlaw: ")
                .contains(said, " -- do: ");
        assertThat(outcome.output()).doesNotContain("maven verify");
    }

    private String maven(String... options) throws Exception {
        Outcome outcome = test(options);
        assertThat(outcome.status()).as(outcome.errors()).isZero();
        return outcome.output().lines().toList().getLast();
    }

    private Outcome test(String... options) throws IOException, InterruptedException {
        String[] arguments = new String[options.length + 1];
        arguments[0] = "test";
        System.arraycopy(options, 0, arguments, 1, options.length);
        return checkout.run(arguments);
    }

    private Path executable(String name) throws IOException {
        Path file = Files.writeString(directory.resolve(name), "#!/bin/sh\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file;
    }
}

package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code execlaw image} says when it cannot do what it is told. Builds themselves are tested with the builder. */
final class ImageCommandTest {

    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void anUnknownRecipeNamesTheNearest() {
        refused("there is no recipe \"ubunt-24\"", "did you mean ubuntu-24.04?", "build", "ubunt-24");
        refused("there is no recipe \"xyz\"", "recipes are debian, ubuntu-24.04", "build", "xyz");
        refused("there is no " + directory.resolve("my.tar"), "check the path", "build", directory + "/my.tar");
    }

    @Test
    void aFileThatIsNoKernelIsRefusedWithWhatItIs() throws IOException {
        Path hostname = Files.writeString(directory.resolve("hostname"), "my-machine\n");
        refused(
                "kernel " + hostname + " is neither an ELF vmlinux nor a bzImage",
                "(\"my-machine.\")",
                "build",
                "ubuntu-24.04",
                "--kernel",
                hostname.toString(),
                "--rootfs",
                directory.toString());
    }

    @Test
    void whatIsNotLockedIsNotFetched() {
        refused("no rootfs for the image", "give a local file with --rootfs", "build", "ubuntu-24.04");
    }

    @Test
    void optionsWithoutMeaningAreRefused() {
        refused("--kernel x has no meaning for debian", "leave --kernel out", "build", "debian", "--kernel", "x");
        refused("--npm x has no meaning for ubuntu-24.04", "build debian", "build", "ubuntu-24.04", "--npm", "x");
        refused("image size is 3 MiB", "--size", "build", "debian", "--size", "3");
        refused("image name \"debian\"", "--name", "build", directory.toString(), "--kernel", "k", "--name", "debian");
    }

    @Test
    void packagesOfNpmAreCheckedBeforeAnythingIsBuilt() throws IOException {
        refused("\"a b\" is not a package of npm", "give another --npm", "build", "debian", "--npm", "a b");
        Path config = Files.writeString(directory.resolve("npm.toml"), "[image]\nnpm = [\"../x\"]\n");
        refused("\"../x\" is not a package of npm", "image.npm", "build", "debian", "--config", config.toString());
    }

    @Test
    void anEmptyStoreSaysHowToFillIt() {
        refused("there is no image \"abc\"", "execlaw image list", "show", "abc");
        refused("there is no image \"abc\"", "execlaw image list", "verify", "abc");
        refused("there is no image \"abc\"", "execlaw image list", "rm", "abc");
    }

    @Test
    void ofNoImagesAllAreWell() {
        assertThat(run("verify")).isZero();
        assertThat(out.toString())
                .isEqualTo("there is no image in " + directory.resolve("data/images")
                        + "; build one: execlaw image build\n");
        assertThat(err.toString()).isEmpty();
    }

    private void refused(String what, String next, String... arguments) {
        err.getBuffer().setLength(0);
        int status = run(arguments);
        assertThat(err.toString()).contains(what, next).doesNotContain("\tat ");
        assertThat(status).isEqualTo(1);
        assertThat(out.toString()).isEmpty();
        assertThat(directory.resolve("data/images"))
                .satisfiesAnyOf(
                        images -> assertThat(images).doesNotExist(),
                        images -> assertThat(images).isEmptyDirectory());
    }

    private int run(String... arguments) {
        List<String> all = new ArrayList<>(List.of("image"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--data-dir", directory.resolve("data").toString()));
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    }
}

package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.template.TemplateStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A session on an image of the recipe {@code ubuntu-24.04}, all by the command line. Its tree is that of the Debian test
 * image, packed as a squashfs, and its kernel Debian's: Ubuntu's files are not at hand where tests run.
 */
final class UbuntuSessionTest {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    @TempDir
    private Path directory;

    @Test
    void aSquashfsBecomesAnImageWhoseSessionAnswers() throws Exception {
        Path data = Product.dataDirectory(directory);
        Image debian = new ImageStore(data).find("debian").orElseThrow();
        Path squashfs = squashfs(debian);
        CommandLineTest.Outcome build = image(
                data,
                "build",
                "ubuntu-24.04",
                "--kernel",
                debian.kernel().toString(),
                "--initramfs",
                String.valueOf(debian.initramfs()),
                "--rootfs",
                squashfs.toString());
        assertThat(build.status()).as(build.output()).isZero();
        Image image = new ImageStore(data).find("ubuntu-24.04").orElseThrow();
        assertThat(build.output()).contains(image.id() + "  ubuntu-24.04 ");

        try (Product product = Product.start(data, "[image]\nname = \"ubuntu-24.04\"\n")) {
            Api api = product.api();
            String session = api.createReady();
            List<JsonNode> turn = api.turn(session, "run stat -c '%U %a' /etc/rc.local; echo $((6*7))");
            assertThat(Api.text(turn, "tool_result")).contains("root 755", "42");

            CommandLineTest.Outcome refused = image(data, "rm", image.id());
            assertThat(refused.status()).isEqualTo(1);
            assertThat(refused.output()).contains("image " + image.id() + " is in use by sessions");
            api.delete(session);
            assertThat(image(data, "rm", image.id()).status()).isZero();
            assertThat(image.directory()).doesNotExist();
            assertThat(new TemplateStore(data).list()).isEmpty();
        }
    }

    private Path squashfs(Image image) throws Exception {
        Path tree = Files.createDirectory(directory.resolve("debian-tree"));
        Command.of("debugfs", "-R", "rdump / \"" + tree + "\"", image.rootfs().toString())
                .timeout(LIMIT)
                .runOrThrow();
        Path squashfs = directory.resolve("debian-12.squashfs");
        Command.of("mksquashfs", tree.toString(), squashfs.toString(), "-quiet", "-no-progress", "-comp", "gzip")
                .timeout(LIMIT)
                .runOrThrow();
        return squashfs;
    }

    private static CommandLineTest.Outcome image(Path data, String... arguments) throws Exception {
        String[] all = new String[arguments.length + 3];
        all[0] = "image";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        all[arguments.length + 1] = "--data-dir";
        all[arguments.length + 2] = data.toString();
        return CommandLineTest.run(Map.of(), all);
    }
}

package dev.execlaw.microvm.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.execlaw.microvm.image.recipe.BuildOptions;
import dev.execlaw.microvm.image.recipe.SmallTree;
import dev.execlaw.microvm.image.recipe.UbuntuRecipe;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Builds in a process of their own, which is killed at every moment that a build tells of. */
class KilledBuildTest {

    private static final BuildOptions OPTIONS = new BuildOptions(512, List.of("9.9.9.9"), null);
    private static final Duration LIMIT = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    private Path data;

    @BeforeEach
    void makeFiles() throws Exception {
        data = directory.resolve("data");
        Path tree = SmallTree.directory(directory.resolve("tree"));
        SmallTree.squashfs(tree, directory.resolve("rootfs.squashfs"));
        SmallTree.kernel(directory.resolve("vmlinux"));
    }

    @Test
    void whereverABuildIsKilledTheNextOneSucceedsAndNothingIsLeft() throws Exception {
        List<String> moments = new ArrayList<>();
        Image whole = build(directory, directory.resolve("data of a whole build"), new Moments(moments::add));
        assertThat(moments)
                .contains(
                        "begin kernel", "begin base tree", "begin guest files", "begin root filesystem", "begin checks")
                .contains("note filling a file system of 512 MiB", "note setting owners, modes and times");

        for (int i = 0; i < moments.size(); i++) {
            kill(i, moments.get(i));
            assertThat(store().list())
                    .as("images after a kill at " + moments.get(i))
                    .hasSizeLessThanOrEqualTo(moments.get(i).equals("end checks") ? 1 : 0);

            Image image = build(directory, data, Progress.NONE);
            assertThat(image.id()).as("built after a kill at " + moments.get(i)).isEqualTo(whole.id());
            assertThat(names(store().work()))
                    .as("left after a kill at " + moments.get(i))
                    .containsExactly("build.lock");
            assertThat(names(data.resolve("images"))).containsExactlyInAnyOrder(".checked", image.id());
            assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain(directory.toString());
            assertThat(processesIn(directory)).isEmpty();
            store().remove(image, Set.of());
        }
    }

    /** Starts a build that stops at a moment, and kills it there: what it has started must die with it. */
    private void kill(int moment, String name) throws Exception {
        Path reached = directory.resolve("reached " + moment);
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Dmoment=" + moment,
                        "-Dreached=" + reached,
                        KilledBuildTest.class.getName(),
                        directory.toString())
                .redirectErrorStream(true)
                .redirectOutput(new File(directory.resolve("output").toString()))
                .start();
        try {
            await().atMost(LIMIT)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> Files.exists(reached) || !child.isAlive());
            assertThat(reached)
                    .as("moment " + name + "; output: " + Files.readString(directory.resolve("output")))
                    .hasContent(name);
        } finally {
            child.destroyForcibly();
            assertThat(child.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }
    }

    /** The child: argument is the directory with the files. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        int wanted = Integer.getInteger("moment");
        int[] count = {0};
        build(directory, directory.resolve("data"), new Moments(name -> {
            if (count[0]++ == wanted) {
                reach(name);
            }
        }));
    }

    /** Tells the parent. Where a program runs next, it is let run: the kill then meets that too. */
    private static void reach(String name) {
        try {
            Path reached = Path.of(System.getProperty("reached"));
            Path fresh = Files.writeString(reached.resolveSibling("reached.new"), name);
            Files.move(fresh, reached);
            if (!name.startsWith("note ")) {
                new CountDownLatch(1).await();
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Image build(Path files, Path data, Progress progress) throws Exception {
        UbuntuRecipe recipe = new UbuntuRecipe(files.resolve("vmlinux"), null, files.resolve("rootfs.squashfs"));
        return new ImageBuilder(new ImageStore(data), progress, 0).build(recipe, OPTIONS, false);
    }

    private ImageStore store() {
        return new ImageStore(data);
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    /** Programs whose command line names the directory. */
    private static List<String> processesIn(Path directory) {
        return ProcessHandle.allProcesses()
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .flatMap(process -> process.info().commandLine().stream())
                .filter(line -> line.contains(directory.toString()))
                .toList();
    }

    /** Hands on every moment but how far a step is. */
    private record Moments(Consumer<String> to) implements Progress {
        @Override
        public void begin(String step) {
            to.accept("begin " + step);
        }

        @Override
        public void advance(long done, long total, Unit unit) {}

        @Override
        public void note(String line) {
            to.accept("note " + line);
        }

        @Override
        public void end(String step, Duration took) {
            to.accept("end " + step);
        }
    }
}

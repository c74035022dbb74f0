package dev.execlaw.bench;

import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageBuilder;
import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.image.Progress;
import dev.execlaw.microvm.image.recipe.BuildOptions;
import dev.execlaw.microvm.image.recipe.UbuntuRecipe;
import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Building a 2 GiB image of the recipe {@code ubuntu-24.04} from local files, step by step, then verifying it, then
 * building it again with nothing changed. The root filesystem is a squashfs made from the tree of the {@code debian}
 * image, unless one is given.
 */
public final class ImageBench {

    private static final int RUNS = 3;
    private static final int AGAIN = 10;

    private ImageBench() {}

    /**
     * Runs it.
     *
     * @param args launcher, data directory, then optionally a squashfs to build from
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path data = Path.of(args[1]);
        ImageStore store = new ImageStore(data);
        Optional<Image> debian = store.find("debian");
        if (debian.isEmpty()) {
            throw new ImageException("there is no debian image in " + data + "; build it: execlaw image build debian"
                    + " --data-dir " + data);
        }
        Path scratch = Files.createTempDirectory(data, "image-bench-");
        try {
            Path squashfs = args.length > 2 ? Path.of(args[2]) : squashfs(debian.get(), scratch);
            measure(new UbuntuRecipe(debian.get().kernel(), debian.get().initramfs(), squashfs), scratch);
        } finally {
            Command.of("rm", "-rf", "--", scratch.toString()).runOrThrow();
        }
    }

    private static void measure(UbuntuRecipe recipe, Path scratch) throws IOException, InterruptedException {
        Times times = new Times(new LinkedHashMap<>());
        ImageStore store = new ImageStore(scratch.resolve("data"));
        ImageBuilder builder = new ImageBuilder(store, times);
        double[] total = new double[RUNS];
        double[] verify = new double[RUNS];
        double[] again = new double[AGAIN];
        for (int run = 0; run < RUNS; run++) {
            long begin = System.nanoTime();
            Image image = builder.build(recipe, BuildOptions.DEFAULT, true);
            total[run] = (System.nanoTime() - begin) / 1e9;
            begin = System.nanoTime();
            if (!store.verify(image).passed()) {
                throw new ImageException("the image fails its checks: " + store.verify(image));
            }
            verify[run] = (System.nanoTime() - begin) / 1e9;
        }
        for (int run = 0; run < AGAIN; run++) {
            long begin = System.nanoTime();
            builder.build(recipe, BuildOptions.DEFAULT, false);
            again[run] = (System.nanoTime() - begin) / 1e9;
        }
        Figures figures = new Figures(
                "Image ubuntu-24.04, 2 GiB, from a squashfs of " + (Files.size(recipe.rootfs()) >> 20) + " MiB");
        figures.add("build", total, "s", "<= 60 s on 4 cores");
        times.seconds().forEach((step, samples) -> figures.add("step " + step, array(samples), "s", ""));
        figures.add("verify", verify, "s", "<= 3 s");
        figures.add("build again, nothing changed", again, "s", "<= 1 s");
        figures.print();
    }

    private static Path squashfs(Image image, Path scratch) throws IOException, InterruptedException {
        Path tree = Files.createDirectory(scratch.resolve("tree"));
        Command.of("debugfs", "-R", "rdump / \"" + tree + "\"", image.rootfs().toString())
                .timeout(Duration.ofMinutes(5))
                .runOrThrow();
        Path squashfs = scratch.resolve("ubuntu-24.04.squashfs");
        Command.of(
                        "mksquashfs",
                        tree.toString(),
                        squashfs.toString(),
                        "-noappend",
                        "-quiet",
                        "-no-progress",
                        "-comp",
                        "zstd")
                .timeout(Duration.ofMinutes(10))
                .runOrThrow();
        return squashfs;
    }

    private static double[] array(List<Double> samples) {
        return samples.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** How long each step took. */
    private record Times(Map<String, List<Double>> seconds) implements Progress {
        @Override
        public void begin(String step) {}

        @Override
        public void advance(long done, long total, Unit unit) {}

        @Override
        public void note(String line) {}

        @Override
        public void end(String step, Duration took) {
            seconds.computeIfAbsent(step, _ -> new ArrayList<>()).add(took.toNanos() / 1e9);
        }
    }
}

package dev.execlaw.microvm.image;

import dev.execlaw.microvm.image.recipe.BuildOptions;
import dev.execlaw.microvm.image.recipe.DebianRecipe;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;

/** Builds the image that tests boot: a JVM of its own, because tests have no network. */
final class BuildTestImage {

    private BuildTestImage() {}

    /** Arguments: data directory; a second one builds even if the same is there. */
    public static void main(String[] arguments) throws Exception {
        ImageStore store = new ImageStore(Path.of(arguments[0]));
        Image image = new ImageBuilder(store, new Lines(System.out))
                .build(DebianRecipe.DEFAULT, BuildOptions.DEFAULT, arguments.length > 1);
        System.out.println(image);
    }

    private record Lines(PrintStream out) implements Progress {

        @Override
        public void begin(String step) {
            out.println("begin " + step);
        }

        @Override
        public void advance(long done, long total, Unit unit) {
            out.println("  " + done + "/" + total + " " + unit);
        }

        @Override
        public void note(String line) {
            out.println("  " + line);
        }

        @Override
        public void end(String step, Duration took) {
            out.println("end   " + step + " " + took.toMillis() + " ms");
        }
    }
}

package dev.execlaw.microvm.image.recipe;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A root filesystem of one's own: any archive, directory or OCI image with systemd in it. Owners stay as they are.
 *
 * @param imageName what the image is called
 * @param base where the tree is
 * @param kernel see {@link UbuntuRecipe}
 * @param initramfs null where the kernel needs none
 */
public record ArchiveRecipe(
        String imageName, Path base, Path kernel, @Nullable Path initramfs) implements Recipe {

    /** The recipe's name. */
    public static final String NAME = "archive";

    private static final Pattern IMAGE_NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");
    private static final Pattern ENDINGS =
            Pattern.compile("(\\.(tar|tgz|tzst|gz|zst|squashfs|oci))+$", Pattern.CASE_INSENSITIVE);

    public ArchiveRecipe {
        if (!IMAGE_NAME.matcher(imageName).matches() || Recipe.NAMES.contains(imageName)) {
            throw new IllegalArgumentException("image name \"" + imageName + "\" is not of the form " + IMAGE_NAME
                    + ", or is that of a recipe; give another with --name");
        }
    }

    /** The name that a file gives its image: without its endings, in lower case, blanks and the like as dashes. */
    public static String nameOf(Path base) {
        String file = String.valueOf(base.toAbsolutePath().normalize().getFileName());
        return ENDINGS.matcher(file)
                .replaceFirst("")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9._-]+", "-")
                .replaceFirst("^[._-]+", "");
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Step> steps(BuildOptions options) throws IOException, InterruptedException {
        return List.of(
                CopyKernel.of(kernel, initramfs),
                OpenBase.of(base, options.sizeMiB()),
                ComposeTree.ofStranger(options, false),
                new MakeFilesystem(options.sizeMiB()));
    }
}

package dev.execlaw.cli;

import dev.execlaw.config.Config;
import dev.execlaw.config.DataDirectory;
import dev.execlaw.config.ImageConfig;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.image.recipe.BuildOptions;
import dev.execlaw.microvm.image.recipe.DebianRecipe;
import dev.execlaw.microvm.image.recipe.Recipe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The image that new sessions boot from, built where it is missing. */
final class Images {

    private static final Logger LOG = LoggerFactory.getLogger(Images.class);

    private Images() {}

    /**
     * The configured image. Debian's is built when there is none of the recipe's present inputs: after an upgrade of the
     * guest's files, too. Where such a rebuild fails, the older image goes on being used. Images whose files come from
     * elsewhere are built only where they are missing.
     */
    static Image ensure(Config config, DataDirectory data) throws IOException, InterruptedException {
        ImageStore store = new ImageStore(data.root());
        String name = config.image().name();
        Optional<Image> older = store.find(name);
        boolean debian = name.equals(DebianRecipe.NAME);
        if (!Recipe.NAMES.contains(name) || (older.isPresent() && !debian)) {
            return store.require(name);
        }
        try (ProgressDisplay progress = ProgressDisplay.onStandardError()) {
            return new RecipeFiles().build(name, config, data, options(config.image()), false, progress);
        } catch (ImageException e) {
            if (older.isEmpty()) {
                throw e;
            }
            LOG.warn(
                    "image {} is older than its recipe, and building a new one failed: {}",
                    older.get().id(),
                    e.getMessage());
            return store.require(older.get().id());
        }
    }

    /** What the configuration says of builds. */
    static BuildOptions options(ImageConfig image) {
        Path agent = image.agentBinary().isEmpty() ? null : Path.of(image.agentBinary());
        return new BuildOptions(image.sizeMib(), image.nameServers(), agent);
    }
}

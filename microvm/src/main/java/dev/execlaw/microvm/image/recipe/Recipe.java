package dev.execlaw.microvm.image.recipe;

import dev.execlaw.microvm.image.Image;
import java.io.IOException;
import java.util.List;

/** A way to make an image. */
public sealed interface Recipe permits ArchiveRecipe, DebianRecipe, UbuntuRecipe {

    /** Names of the recipes that can be asked for by name. */
    List<String> NAMES = List.of(DebianRecipe.NAME, UbuntuRecipe.NAME);

    /** How people call it. */
    String name();

    /** How people call the image that it makes. */
    default String imageName() {
        return name();
    }

    /** What has to be done, in order. Reads the options' files to know what goes in, changes nothing. */
    List<Step> steps(BuildOptions options) throws IOException, InterruptedException;

    /** What {@code nullclaw} will be in an image that is built with these options. */
    default Image.Agent agent(BuildOptions options) throws IOException {
        return AgentBinary.agent(options);
    }
}

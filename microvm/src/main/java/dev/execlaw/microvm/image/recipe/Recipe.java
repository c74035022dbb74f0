package dev.execlaw.microvm.image.recipe;

import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageException;
import java.io.IOException;
import java.util.List;

/** A way to make an image. */
public sealed interface Recipe permits DebianRecipe {

    /** Names of the recipes that can be asked for by name. */
    List<String> NAMES = List.of(DebianRecipe.NAME);

    /** How people call it. */
    String name();

    /** What has to be done, in order. Reads the options' files to know what goes in, changes nothing. */
    List<Step> steps(BuildOptions options) throws IOException;

    /** What {@code nullclaw} will be in an image that is built with these options. */
    default Image.Agent agent(BuildOptions options) throws IOException {
        return AgentBinary.agent(options);
    }

    /** The recipe of that name with its own defaults. */
    static Recipe named(String name) throws ImageException {
        if (name.equals(DebianRecipe.NAME)) {
            return DebianRecipe.DEFAULT;
        }
        throw new ImageException("there is no recipe \"" + name + "\"; there are: " + String.join(", ", NAMES));
    }
}

package dev.execlaw.config;

import java.util.regex.Pattern;

/** Section {@code [image]}: what machines boot from. */
public record ImageConfig(
        @Setting(
                meaning = "Recipe or image id that new sessions boot from; a recipe is built if it is not there.",
                byDefault = "debian")
        String name,

        @Setting(
                meaning = "nullclaw binary to build into images. Empty: the built-in reference agent takes its place.",
                byDefault = "")
        String agentBinary) {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    public ImageConfig {
        Check.that(NAME.matcher(name).matches(), "image.name", name, "of the form " + NAME.pattern());
    }
}

package dev.execlaw.config;

import java.util.List;
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
        String agentBinary,

        @Setting(
                meaning = "Size of a machine's disk in MiB. Files are sparse: only what is written takes space.",
                byDefault = "2048")
        int sizeMib,

        @Setting(meaning = "Name servers of machines, 1 to 3 addresses.", byDefault = "8.8.8.8, 1.1.1.1")
        List<String> nameServers,

        @Setting(
                meaning = "Packages of npm that debian is built with, beside Node.js, e.g. @scope/name@1.2.3.",
                byDefault = "")
        List<String> npm) {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    public ImageConfig {
        Check.that(NAME.matcher(name).matches(), "image.name", name, "of the form " + NAME.pattern());
        nameServers = List.copyOf(nameServers);
        npm = List.copyOf(npm);
        Check.range("image.size_mib", sizeMib, 512, 1_048_576);
        Check.range("the number of image.name_servers", nameServers.size(), 1, 3);
    }
}

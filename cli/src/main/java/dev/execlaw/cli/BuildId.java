package dev.execlaw.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;

/**
 * Which build this is, told three times: by the launcher, by a resource, by a compiled class.
 *
 * @param version the product's version
 * @param id hash of the sources, or {@code unnamed} for a build that the launcher did not make
 */
record BuildId(String version, String id) {

    /**
     * This build.
     *
     * @throws CliException when the three do not agree: the cache of loaded classes is that of another build. The JVM
     *     does not notice that a jar behind such a cache was replaced.
     */
    static BuildId current() {
        Properties resource = new Properties();
        try (InputStream in = Objects.requireNonNull(BuildId.class.getResourceAsStream("build.properties"))) {
            resource.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String id = resource.getProperty("build");
        return agree(
                resource.getProperty("version"), id, CompiledBuild.id(), System.getProperty("execlaw.build.id", id));
    }

    static BuildId agree(String version, String resource, String compiled, String launcher) {
        if (!resource.equals(compiled) || !resource.equals(launcher)) {
            throw new CliException(
                    "the classes in memory are of build " + compiled + ", the jars of " + resource
                            + ", the launcher asked for " + launcher,
                    "remove cli/target/dist and start again");
        }
        return new BuildId(version, resource);
    }

    @Override
    public String toString() {
        return version + " (build " + id + ")";
    }
}

package dev.execlaw.microvm.image;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A built, verified, immutable image.
 *
 * @param id content address: the first 16 hex digits of the manifest's SHA-256
 * @param name what people call it: the recipe's name, or that of the archive it was built from
 * @param recipe name of the recipe that built it, e.g. {@code debian}
 * @param directory where it lives, read-only
 * @param kernel bzImage or ELF
 * @param initramfs null where the kernel needs none
 * @param rootfs raw ext4
 * @param agent what {@code /usr/local/bin/nullclaw} in it is: {@code reference}, or {@code nullclaw} with a version
 */
public record Image(
        String id,
        String name,
        String recipe,
        Path directory,
        Path kernel,
        @Nullable Path initramfs,
        Path rootfs,
        Agent agent) {

    public Image {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(recipe, "recipe");
        Objects.requireNonNull(agent, "agent");
    }

    /** An image that is called as its recipe is. */
    public Image(
            String id, String recipe, Path directory, Path kernel, @Nullable Path initramfs, Path rootfs, Agent agent) {
        this(id, recipe, recipe, directory, kernel, initramfs, rootfs, agent);
    }

    /**
     * The agent inside.
     *
     * @param kind {@code reference} or {@code nullclaw}
     * @param version the agent's own, or its SHA-256's first 12 digits where it tells none
     */
    public record Agent(String kind, String version) {}
}

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
 * @param guest generation of our programs in it, see {@link #GUEST}; 1 of images that do not tell
 */
public record Image(
        String id,
        String name,
        String recipe,
        Path directory,
        Path kernel,
        @Nullable Path initramfs,
        Path rootfs,
        Agent agent,
        int guest) {

    /** Generation of the programs that images get now. Since 2 the guest calls its gateway {@code gateway.local}, too. */
    public static final int GUEST = 2;

    public Image {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(recipe, "recipe");
        Objects.requireNonNull(agent, "agent");
    }

    /** An image that is called as its recipe is. */
    public Image(
            String id, String recipe, Path directory, Path kernel, @Nullable Path initramfs, Path rootfs, Agent agent) {
        this(id, recipe, recipe, directory, kernel, initramfs, rootfs, agent, GUEST);
    }

    /**
     * The agent inside.
     *
     * @param kind {@code reference} or {@code nullclaw}
     * @param version the agent's own, or its SHA-256's first 12 digits where it tells none
     */
    public record Agent(String kind, String version) {}
}

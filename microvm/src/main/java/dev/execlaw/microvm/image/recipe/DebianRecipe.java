package dev.execlaw.microvm.image.recipe;

import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Debian from its packages, with Debian's own cloud kernel: needs nothing but a package mirror.
 *
 * @param release code name, e.g. {@code bookworm}
 * @param npm packages from npm that are installed with Node.js, e.g. {@code @scope/name@1.2.3}; none for neither
 */
public record DebianRecipe(String release, List<String> npm) implements Recipe {

    /** The recipe's name. */
    public static final String NAME = "debian";

    private static final Pattern NPM = Pattern.compile("(@[a-z0-9~._-]+/)?[a-z0-9~][a-z0-9~._-]*(@[A-Za-z0-9.^~+-]+)?");
    private static final Pattern RELEASE = Pattern.compile("[a-z]{3,20}");

    /** The release that is built unless told otherwise. */
    public static final DebianRecipe DEFAULT = new DebianRecipe("bookworm", List.of());

    /** python3 and not python3-minimal: that lacks json and http.client, which the reference agent needs. */
    private static final List<String> PACKAGES = List.of(
            "ca-certificates",
            "curl",
            "git",
            "iproute2",
            "less",
            "openssh-server",
            "procps",
            "python3",
            "systemd",
            "systemd-sysv");

    /** In the order they are loaded; ext4 is built in. The last two end connections of an address that is gone. */
    private static final List<String> MODULES = List.of(
            "virtio_ring",
            "virtio",
            "virtio_mmio",
            "virtio_blk",
            "failover",
            "net_failover",
            "virtio_net",
            "virtio_console",
            "virtio-rng",
            "inet_diag",
            "tcp_diag");

    public DebianRecipe {
        npm = List.copyOf(npm);
        for (String wanted : npm) {
            if (!NPM.matcher(wanted).matches()) {
                throw new IllegalArgumentException(
                        "\"" + wanted + "\" is not a package of npm such as @scope/name or name@1.2.3");
            }
        }
        if (!RELEASE.matcher(release).matches()) {
            throw new IllegalArgumentException(
                    "Debian release \"" + release + "\" is not a code name such as " + "bookworm");
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Step> steps(BuildOptions options) throws IOException {
        return List.of(
                new Bootstrap(release, PACKAGES, npm),
                new TakeKernel(MODULES),
                PackInitramfs.of(MODULES),
                ComposeTree.of(options),
                new MakeFilesystem(options.sizeMiB()));
    }
}

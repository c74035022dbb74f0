package dev.execlaw.microvm.image.recipe;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ubuntu 24.04 as Firecracker's CI publishes it, with that CI's kernel: drivers are built in, so it needs no initramfs.
 * All of the tree is owned by root.
 *
 * @param kernel the uncompressed {@code vmlinux}; QEMU takes a bzImage too
 * @param initramfs for kernels whose drivers are modules; null for those of the CI
 * @param rootfs {@code ubuntu-24.04.squashfs}, or the same tree as an archive or a directory
 */
public record UbuntuRecipe(Path kernel, @Nullable Path initramfs, Path rootfs) implements Recipe {

    /** The recipe's name. */
    public static final String NAME = "ubuntu-24.04";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Step> steps(BuildOptions options) throws IOException, InterruptedException {
        return List.of(
                CopyKernel.of(kernel, initramfs),
                OpenBase.of(rootfs, options.sizeMiB()),
                ComposeTree.ofStranger(options, true),
                new MakeFilesystem(options.sizeMiB()));
    }
}

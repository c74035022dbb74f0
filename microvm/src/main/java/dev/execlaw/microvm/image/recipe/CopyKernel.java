package dev.execlaw.microvm.image.recipe;

import dev.execlaw.microvm.image.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes a kernel that is given as a file: {@code out/kernel}, and {@code out/initramfs} where one is given. What lies
 * beside the kernel under its name with {@code .config}, as in the bucket of Firecracker's CI, becomes
 * {@code out/kernel.config}.
 *
 * @param initramfs null where the kernel needs none
 * @param inputs hashes and names of the files
 */
record CopyKernel(Path kernel, @Nullable Path initramfs, Map<String, String> inputs) implements Step {

    CopyKernel {
        inputs = Map.copyOf(inputs);
    }

    /** Refuses what is no kernel for this machine. */
    static CopyKernel of(Path kernel, @Nullable Path initramfs) throws IOException {
        Kernel.read(kernel);
        Map<String, String> inputs = new HashMap<>();
        inputs.put("file", kernel.getFileName().toString());
        inputs.put("sha256", Digests.sha256(kernel));
        if (Files.isRegularFile(config(kernel))) {
            inputs.put("config", Digests.sha256(config(kernel)));
        }
        if (initramfs != null) {
            Kernel.initramfs(initramfs);
            inputs.put("initramfs", Digests.sha256(initramfs));
        }
        return new CopyKernel(kernel, initramfs, inputs);
    }

    @Override
    public String name() {
        return "kernel";
    }

    @Override
    public void run(Workshop workshop) throws IOException {
        Files.copy(kernel, workshop.out().resolve("kernel"));
        if (Files.isRegularFile(config(kernel))) {
            Files.copy(config(kernel), workshop.out().resolve("kernel.config"));
        }
        Path archive = initramfs;
        if (archive != null) {
            Files.copy(archive, workshop.out().resolve("initramfs"));
        }
    }

    private static Path config(Path kernel) {
        return kernel.resolveSibling(kernel.getFileName() + ".config");
    }
}

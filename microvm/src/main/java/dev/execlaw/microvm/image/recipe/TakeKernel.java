package dev.execlaw.microvm.image.recipe;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Takes kernel, modules and busybox out of the packages in {@code debs}: {@code out/kernel}, {@code modules/*.ko},
 * {@code busybox}.
 *
 * @param modules names without {@code .ko}; one that is built into the kernel is left out
 */
record TakeKernel(List<String> modules) implements Step {

    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    TakeKernel {
        modules = List.copyOf(modules);
    }

    @Override
    public String name() {
        return "kernel";
    }

    @Override
    public Map<String, String> inputs() {
        return Map.of("modules", String.join(" ", modules));
    }

    @Override
    public void run(Workshop workshop) throws IOException, InterruptedException {
        Path kernel = unpack(workshop, "linux-image-");
        Path busybox = unpack(workshop, "busybox-static_");
        Path image = only(files(kernel.resolve("boot"), "vmlinuz-"), "kernel image");
        Files.move(image, workshop.out().resolve("kernel"));
        Path target = Files.createDirectory(workshop.path("modules"));
        Path root = Files.isDirectory(kernel.resolve("usr/lib/modules"))
                ? kernel.resolve("usr/lib/modules")
                : kernel.resolve("lib/modules");
        List<Path> all = files(root, "");
        String builtIn = Files.readString(only(named(all, "modules.builtin"), "list of built-in modules"));
        for (String module : modules) {
            List<Path> found = named(all, module + ".ko");
            if (found.isEmpty() && builtIn.contains("/" + module.replace('_', '-') + ".ko")) {
                continue;
            }
            if (found.isEmpty() && builtIn.contains("/" + module + ".ko")) {
                continue;
            }
            Files.move(only(found, "module " + module), target.resolve(module + ".ko"));
        }
        Path binary = Stream.of("usr/bin/busybox", "bin/busybox")
                .map(busybox::resolve)
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() -> new ImageException("the package busybox-static has no busybox"));
        Files.move(binary, workshop.path("busybox"));
    }

    private static Path unpack(Workshop workshop, String prefix) throws IOException, InterruptedException {
        Path deb = only(files(workshop.made("debs"), prefix), "package " + prefix + "*.deb");
        String[] parts = deb.getFileName().toString().split("_", -1);
        workshop.packages().put(parts[0], parts[1].replace("%3a", ":"));
        Path target = workshop.path(prefix + "tree");
        Command.of("dpkg-deb", "-x", deb.toString(), target.toString())
                .tied()
                .timeout(TIMEOUT)
                .runOrThrow();
        return target;
    }

    private static List<Path> files(Path directory, String prefix) throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            return new ArrayList<>(walk.filter(Files::isRegularFile)
                    .filter(path -> path.getFileName().toString().startsWith(prefix))
                    .toList());
        }
    }

    private static List<Path> named(List<Path> all, String name) {
        return all.stream()
                .filter(path -> path.getFileName().toString().equals(name))
                .toList();
    }

    private static Path only(List<Path> found, String what) throws ImageException {
        if (found.size() != 1) {
            throw new ImageException(
                    "expected one " + what + ", found " + found.size() + (found.isEmpty() ? "" : ": " + found));
        }
        return found.getFirst();
    }
}

package dev.execlaw.microvm.image.recipe;

import dev.execlaw.microvm.image.base.Base;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Opens the root filesystem that someone brings, and takes over the list of its packages that lies beside it, as in the
 * bucket of Firecracker's CI, whose trees have no package database.
 *
 * @param inputs what identifies its content
 * @param sizeMiB of the image: more than that cannot be in it
 */
record OpenBase(Base base, Map<String, String> inputs, int sizeMiB) implements Step {

    OpenBase {
        inputs = Map.copyOf(inputs);
    }

    static OpenBase of(Path path, int sizeMiB) throws IOException, InterruptedException {
        Base base = Base.at(path);
        Map<String, String> inputs = new HashMap<>(base.inputs());
        inputs.put("kind", base.kind());
        Optional<Path> list = packageList(path);
        if (list.isPresent()) {
            inputs.put("packages", Digests.sha256(list.get()));
        }
        return new OpenBase(base, inputs, sizeMiB);
    }

    @Override
    public String name() {
        return "base tree";
    }

    @Override
    public void run(Workshop workshop) throws IOException, InterruptedException {
        workshop.progress().note("reading " + base.kind() + " " + base.path().getFileName());
        String xattrs = inputs.getOrDefault("xattrs", "");
        if (xattrs.startsWith("left out")) {
            workshop.progress().note("extended attributes, file capabilities among them, are " + xattrs);
        }
        Optional<Path> list = packageList(base.path());
        if (list.isPresent()) {
            for (String line : Files.readAllLines(list.get())) {
                String[] words = line.strip().split("\\s+", 3);
                if (words.length >= 2) {
                    workshop.packages().put(words[0].replaceFirst(":.*", ""), words[1]);
                }
            }
        }
        workshop.base(base.open(Files.createDirectory(workshop.path("base")), (long) sizeMiB << 20));
    }

    /** {@code NAME.manifest} beside {@code NAME.squashfs}: what dpkg-query(1) shows, name and version. */
    private static Optional<Path> packageList(Path path) {
        String name = String.valueOf(path.toAbsolutePath().normalize().getFileName());
        return Stream.of(name + ".manifest", name.replaceFirst("\\.[a-z0-9]+$", "") + ".manifest")
                .map(path::resolveSibling)
                .filter(Files::isRegularFile)
                .findFirst();
    }
}

package dev.execlaw.microvm.image.recipe;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.Progress;
import dev.execlaw.microvm.image.tree.Overlay;
import dev.execlaw.microvm.image.tree.TarReader;
import dev.execlaw.microvm.image.tree.Tree;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Checks {@code base.tar}, lays the guest's files over it and writes {@code root.tar}.
 *
 * @param overlay the guest's files, the agent among them
 * @param limits what the tree may hold
 */
record ComposeTree(Overlay overlay, Tree.Limits limits) implements Step {

    private static final String GUEST = "dev/execlaw/guest/";
    private static final String DPKG = "/var/lib/dpkg/status";
    private static final int BUFFER = 1 << 18;
    private static final int MOST_ENTRIES = 1_000_000;

    static ComposeTree of(BuildOptions options) throws IOException {
        List<Overlay.Item> items = new ArrayList<>(AgentBinary.items(options));
        String servers = String.join(
                        "\n",
                        options.nameServers().stream()
                                .map(s -> "nameserver " + s)
                                .toList()) + "\n";
        items.add(Overlay.Item.file("/etc/resolv.conf", 0644, servers.getBytes(StandardCharsets.UTF_8)));
        Overlay overlay =
                Overlay.parse(Overlay.text(GUEST + "overlay.list"), Overlay.Content.resources(GUEST + "overlay"));
        return new ComposeTree(
                overlay.with(items), new Tree.Limits(MOST_ENTRIES, (long) options.sizeMiB() << 20, true));
    }

    @Override
    public String name() {
        return "guest files";
    }

    @Override
    public Map<String, String> inputs() {
        StringBuilder all = new StringBuilder();
        overlay.drops().forEach(drop -> all.append(drop).append('\n'));
        overlay.items()
                .forEach(item -> all.append("%s %s %o %s %s\n"
                        .formatted(
                                item.path(), item.kind(), item.mode(), item.link(), Digests.sha256(item.content()))));
        return Map.of("overlay", Digests.sha256(all.toString().getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void run(Workshop workshop) throws IOException {
        Path base = workshop.made("base.tar");
        try (InputStream in = new BufferedInputStream(Files.newInputStream(base), BUFFER);
                OutputStream out = new BufferedOutputStream(Files.newOutputStream(workshop.path("root.tar")), BUFFER)) {
            Tree tree = new Tree(out, limits, Set.of(DPKG));
            tree.copy(new TarReader(in), overlay.dropped());
            overlay.layOver(tree, MakeFilesystem.EPOCH);
            tree.finish();
            workshop.entries(tree.entries());
            workshop.progress().advance(tree.entries().size(), tree.entries().size(), Progress.Unit.FILES);
            packages(tree, workshop);
        }
        Files.delete(base);
    }

    /** dpkg's own list, where the tree has one: stanzas of "Package: NAME" and "Version: V" (deb822(5)). */
    private static void packages(Tree tree, Workshop workshop) throws ImageException {
        String status = new String(tree.captured(DPKG).orElse(new byte[0]), StandardCharsets.UTF_8);
        String name = "";
        for (String line : status.lines().toList()) {
            if (line.startsWith("Package: ")) {
                name = line.substring(9).strip();
            } else if (line.startsWith("Version: ") && !name.isEmpty()) {
                workshop.packages().put(name, line.substring(9).strip());
            }
        }
    }
}

package dev.execlaw.microvm.image.recipe;

import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.Manifest;
import dev.execlaw.microvm.image.Progress;
import dev.execlaw.microvm.image.tree.EntryReader;
import dev.execlaw.microvm.image.tree.Overlay;
import dev.execlaw.microvm.image.tree.RootOwned;
import dev.execlaw.microvm.image.tree.Tree;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Checks the base tree, lays the guest's files over it and writes {@code root.tar}.
 *
 * @param overlay the guest's files, the agent among them
 * @param limits what the tree may hold
 * @param rootOwned whether all that the base brings becomes root's
 */
record ComposeTree(Overlay overlay, Tree.Limits limits, boolean rootOwned) implements Step {

    private static final String GUEST = "dev/execlaw/guest/";
    private static final String DPKG = "/var/lib/dpkg/status";
    private static final int BUFFER = 1 << 18;
    private static final int MOST_ENTRIES = 1_000_000;

    /** For the tree of our own package list, whose packages bring all that is needed. */
    static ComposeTree of(BuildOptions options) throws IOException {
        return new ComposeTree(overlay(options), limits(options), false);
    }

    /** For trees that others made: with the CA certificates of this host, where it has them. */
    static ComposeTree ofStranger(BuildOptions options, boolean rootOwned) throws IOException {
        Overlay strangers = parsed("strangers.list");
        List<Overlay.Item> more = new ArrayList<>(strangers.items());
        more.addAll(CaBundle.ofHost());
        return new ComposeTree(overlay(options).with(more), limits(options), rootOwned);
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
        Map<String, String> inputs = new HashMap<>();
        inputs.put("overlay", Digests.sha256(all.toString().getBytes(StandardCharsets.UTF_8)));
        inputs.put(Manifest.GUEST, String.valueOf(Image.GUEST));
        if (rootOwned) {
            inputs.put("owners", "root");
        }
        return inputs;
    }

    @Override
    public void run(Workshop workshop) throws IOException {
        try (EntryReader base = workshop.base();
                OutputStream out = new BufferedOutputStream(Files.newOutputStream(workshop.path("root.tar")), BUFFER)) {
            Tree tree = new Tree(out, limits, path -> path.equals(DPKG) || CaBundle.isCertificate(path));
            tree.copy(rootOwned ? new RootOwned(base) : base, overlay.dropped());
            overlay.layOver(tree, MakeFilesystem.EPOCH);
            CaBundle.complete(tree);
            Bootable.check(tree);
            tree.finish();
            workshop.entries(tree.entries());
            workshop.progress().advance(tree.entries().size(), tree.entries().size(), Progress.Unit.FILES);
            packages(tree, workshop);
        }
        discardBase(workshop);
    }

    private static Overlay overlay(BuildOptions options) throws IOException {
        List<Overlay.Item> items = new ArrayList<>(AgentBinary.items(options));
        String servers = String.join(
                        "\n",
                        options.nameServers().stream()
                                .map(s -> "nameserver " + s)
                                .toList()) + "\n";
        items.add(Overlay.Item.file("/etc/resolv.conf", 0644, servers.getBytes(StandardCharsets.UTF_8)));
        return parsed("overlay.list").with(items);
    }

    private static Overlay parsed(String list) throws IOException {
        return Overlay.parse(Overlay.text(GUEST + list), Overlay.Content.resources(GUEST + "overlay"));
    }

    private static Tree.Limits limits(BuildOptions options) {
        return new Tree.Limits(MOST_ENTRIES, (long) options.sizeMiB() << 20, true);
    }

    /** The base is as large as the image; what comes next needs the room. */
    private static void discardBase(Workshop workshop) throws IOException {
        Files.deleteIfExists(workshop.path("base.tar"));
        Path scratch = workshop.path("base");
        if (Files.isDirectory(scratch)) {
            try (Stream<Path> files = Files.list(scratch)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /** dpkg's own list, where the tree has one: stanzas of "Package: NAME" and "Version: V" (deb822(5)). */
    private static void packages(Tree tree, Workshop workshop) {
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

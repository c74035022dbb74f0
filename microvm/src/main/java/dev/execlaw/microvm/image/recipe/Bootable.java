package dev.execlaw.microvm.image.recipe;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.tree.TarEntry;
import dev.execlaw.microvm.image.tree.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a tree must have for a machine to come up to an agent's prompt, told at once instead of by a boot that never ends. */
final class Bootable {

    private static final String AGENT = "/usr/local/bin/nullclaw";

    private Bootable() {}

    private record Need(String path, String packageName, String purpose) {}

    /** Refuses a tree that lacks something, naming all that it lacks. */
    static void check(Tree tree) throws ImageException {
        if (tree.entry("/manifest.json").isPresent() && tree.resolve("/bin/sh").isEmpty()) {
            throw new ImageException(
                    "this is an image archive as `docker save` writes it, not a root filesystem; unpack"
                            + " it (mkdir D && tar -xf FILE -C D) and build from D");
        }
        List<String> missing = new ArrayList<>();
        for (Need need : needs(tree)) {
            boolean there = tree.resolve(need.path())
                    .filter(entry -> entry.kind() == TarEntry.Kind.FILE || entry.kind() == TarEntry.Kind.HARDLINK)
                    .isPresent();
            if (!there) {
                missing.add("%s (package %s) %s".formatted(need.path(), need.packageName(), need.purpose()));
            }
        }
        if (!missing.isEmpty()) {
            throw new ImageException("no machine could run an agent in this tree; it lacks "
                    + String.join(", ", missing) + "; install what is missing into it");
        }
    }

    private static List<Need> needs(Tree tree) {
        List<Need> needs = new ArrayList<>(List.of(
                new Need("/sbin/init", "systemd-sysv", "to boot"),
                new Need("/sbin/agetty", "util-linux", "to log in on the console"),
                new Need("/bin/login", "login", "to log in on the console"),
                new Need("/bin/bash", "bash", "as the shell on the console")));
        Optional<TarEntry> agent = tree.entry(AGENT);
        if (agent.isPresent() && agent.get().kind() == TarEntry.Kind.SYMLINK) {
            needs.add(
                    new Need("/usr/bin/python3", "python3", "for the reference agent, as no --agent-binary is given"));
        } else {
            needs.add(new Need("/usr/bin/curl", "curl", "for nullclaw, which reaches its model by it"));
        }
        return needs;
    }
}

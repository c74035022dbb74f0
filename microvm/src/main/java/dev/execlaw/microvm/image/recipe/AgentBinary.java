package dev.execlaw.microvm.image.recipe;

import dev.execlaw.microvm.image.Elf;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.image.tree.Overlay;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What goes into {@code /usr/local/bin}: always the reference agent, and nullclaw or a link of that name. */
final class AgentBinary {

    private static final String REFERENCE = "dev/execlaw/guest/agent/execlaw-agent";
    private static final String TARGET = "/usr/local/bin/nullclaw";

    private AgentBinary() {}

    /** The entries to lay over the tree. */
    static List<Overlay.Item> items(BuildOptions options) throws IOException {
        List<Overlay.Item> items = new ArrayList<>();
        items.add(Overlay.Item.file("/usr/local/bin/execlaw-agent", 0755, Overlay.resource(REFERENCE)));
        Path binary = options.agentBinary();
        if (binary == null) {
            items.add(Overlay.Item.link(TARGET, "execlaw-agent"));
        } else {
            check(binary);
            items.add(Overlay.Item.file(TARGET, 0755, Files.readAllBytes(binary)));
        }
        return items;
    }

    /** What {@code nullclaw} is then. The binary is not run: it is a stranger's, and may be another machine's. */
    static Image.Agent agent(BuildOptions options) throws IOException {
        Path binary = options.agentBinary();
        return binary == null
                ? new Image.Agent(
                        "reference", Digests.sha256(Overlay.resource(REFERENCE)).substring(0, 12))
                : new Image.Agent("nullclaw", Digests.sha256(binary).substring(0, 12));
    }

    static void check(Path binary) throws IOException {
        if (!Files.isReadable(binary) || !Files.isRegularFile(binary)) {
            throw new ImageException("agent binary " + binary + " is not a file that can be read");
        }
        Elf elf = Elf.read(binary)
                .orElseThrow(() -> new ImageException("agent binary " + binary
                        + " is not an ELF program; give nullclaw's release file, e.g. nullclaw-linux-"
                        + Elf.hostMachine() + ".bin"));
        if (elf.bits() != 64 || !elf.machine().equals(Elf.hostMachine())) {
            throw new ImageException("agent binary " + binary + " is for " + elf.bits() + "-bit " + elf.machine()
                    + ", the guest is 64-bit " + Elf.hostMachine());
        }
        if (!elf.executable()) {
            throw new ImageException("agent binary " + binary + " is an ELF file, but not a program");
        }
        if (elf.dynamic()) {
            throw new ImageException("agent binary " + binary
                    + " needs shared libraries; give the static build that nullclaw's releases have");
        }
    }
}

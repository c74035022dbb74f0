package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.process.Account;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** The layers of a running machine's disk, as QEMU has them. Used by one thread. */
record Layers(MachineSpec spec, Vmm vmm) {

    private static final Duration CALL = Duration.ofSeconds(20);

    /** Has QEMU write to the next layer; the current one is finished in its file. */
    void change(Disk current, Disk next) throws IOException {
        if (next.format() != Disk.Format.QCOW2) {
            throw new IOException("layer " + next.path() + " is not in the format qcow2");
        }
        Account account = spec.account();
        if (account != null) {
            new Ownership(spec, account).grantFile(next.path());
        }
        Set<String> names = new HashSet<>();
        String node = node(current, names);
        int number = 1;
        while (names.contains("disk-" + number)) {
            number++;
        }
        String overlay = "disk-" + number;
        vmm.qmp().call(new QmpCommand.AddLayer(overlay, absolute(next.path()).toString()), CALL);
        try {
            vmm.qmp().call(new QmpCommand.Snapshot(node, overlay), CALL);
        } catch (QmpException e) {
            vmm.qmp().call(new QmpCommand.RemoveNode(overlay), CALL);
            throw e;
        }
    }

    /** Name of the node that a disk is; all names are added to the set. */
    private String node(Disk disk, Set<String> names) throws IOException {
        String format = disk.format().name().toLowerCase(Locale.ROOT);
        String found = null;
        for (JsonNode node : vmm.qmp().call(new QmpCommand.QueryNodes(), CALL)) {
            names.add(node.path("node-name").asString(""));
            if (node.path("drv").asString("").equals(format)
                    && absolute(Path.of(node.path("file").asString(""))).equals(absolute(disk.path()))) {
                found = node.path("node-name").asString("");
            }
        }
        if (found == null) {
            throw new IOException("QEMU does not have " + disk.path() + " as a disk of machine " + spec.name());
        }
        return found;
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }
}

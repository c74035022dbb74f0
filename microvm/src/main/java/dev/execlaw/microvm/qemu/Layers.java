package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.process.Account;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** The layers of a running machine's disk, as QEMU has them. Used by one thread. */
record Layers(MachineSpec spec, Vmm vmm) {

    private static final Set<String> FORMATS = Set.of("raw", "qcow2");
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
        String node = nodeOf(vmm.qmp().call(new QmpCommand.QueryNodes(true), CALL), current.path());
        String overlay = nameOf(next.path());
        vmm.qmp().call(new QmpCommand.AddLayer(overlay, absolute(next.path()).toString()), CALL);
        try {
            vmm.qmp().call(new QmpCommand.Snapshot(node, overlay), CALL);
        } catch (QmpException e) {
            vmm.qmp().call(new QmpCommand.RemoveNode(overlay), CALL);
            throw e;
        }
    }

    /**
     * The disk that the machine writes to: one that is believed to be it, or the layer over it, where that was laid by a
     * server that did not come to note it. What lies under the layer is finished then.
     */
    Disk written(Disk believed) throws IOException {
        JsonNode nodes = vmm.qmp().call(new QmpCommand.QueryNodes(false), CALL);
        for (Path layer : layers(believed.path())) {
            if (writes(nodes, nameOf(layer))) {
                Ownership.freeze(believed.path());
                return new Disk(layer, Disk.Format.QCOW2);
            }
        }
        return believed;
    }

    /** Whether a layer was laid over another and is written to: one that was only opened lies on nothing yet. */
    private static boolean writes(JsonNode nodes, String layer) {
        for (JsonNode node : nodes) {
            if (node.path("node-name").asString("").equals(layer)) {
                return !node.path("ro").asBoolean(true)
                        && node.path("backing_file_depth").asInt(0) > 0;
            }
        }
        return false;
    }

    /** Layers of this machine's own, other than one. */
    private List<Path> layers(Path but) throws IOException {
        try (Stream<Path> files = Files.list(spec.directory())) {
            return files.filter(file -> file.getFileName().toString().endsWith(".qcow2"))
                    .filter(file -> !absolute(file).equals(absolute(but)))
                    .toList();
        }
    }

    /** Begins to put all layers of the machine's own together in the current one; false where there is one only. */
    boolean flatten(Disk current, String job) throws IOException {
        if (current.format() != Disk.Format.QCOW2) {
            return false;
        }
        List<Path> under = BackingFiles.of(current.path());
        Path directory = absolute(spec.directory());
        Path base = under.stream()
                .filter(file -> !file.startsWith(directory))
                .findFirst()
                .orElse(under.isEmpty() ? null : under.getLast());
        if (base == null || under.indexOf(base) == 0) {
            return false;
        }
        JsonNode nodes = vmm.qmp().call(new QmpCommand.QueryNodes(true), CALL);
        String name = Qcow2Layer.nameFrom(base, current.path());
        vmm.qmp().call(new QmpCommand.Stream(job, nodeOf(nodes, current.path()), nodeOf(nodes, base), name), CALL);
        return true;
    }

    /**
     * Name of the node that a disk or layer is. A layer that was laid over a running disk has the name that we gave it; of
     * one QEMU opened itself we know the file: only there does it tell it plainly.
     */
    private String nodeOf(JsonNode nodes, Path file) throws IOException {
        for (JsonNode node : nodes) {
            String name = node.path("node-name").asString("");
            if (name.equals(nameOf(file))
                    || (FORMATS.contains(node.path("drv").asString(""))
                            && node.path("file")
                                    .asString("")
                                    .equals(absolute(file).toString()))) {
                return name;
            }
        }
        throw new IOException("QEMU does not have " + file + " as a disk of machine " + spec.name() + " or under it");
    }

    private static String nameOf(Path layer) {
        return "layer-" + Blanks.hash(absolute(layer).toString());
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }
}

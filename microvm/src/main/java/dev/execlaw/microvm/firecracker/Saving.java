package dev.execlaw.microvm.firecracker;

import dev.execlaw.microvm.firecracker.api.JailPath;
import dev.execlaw.microvm.firecracker.api.Snapshot;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.UUID;

/** Saves a machine: Firecracker writes within its jail, what it wrote is taken out, made ours and never changed again. */
record Saving(MachineSpec spec, Vmm vmm) {

    SavedMachine run(Snapshot.Type type, HostPath directory) throws MachineException {
        String unique = "saved-" + UUID.randomUUID();
        JailPath state = new JailPath(unique + ".state");
        JailPath memory = new JailPath(unique + ".memory");
        SavedMachine saved = new SavedMachine(directory.resolve("state"), directory.resolve("memory"));
        try {
            for (HostPath file : List.of(saved.state(), saved.memory())) {
                if (Files.exists(file.path())) {
                    throw new IOException(file + " is there; machines may run on it, so give another directory");
                }
            }
            vmm.api().send(new Snapshot.Create(state, memory, type), Snapshot.Create.deadline(spec.memoryMiB()));
            take(state, saved.state());
            take(memory, saved.memory());
            return saved;
        } catch (IOException e) {
            MachineException failure =
                    new MachineException("machine " + spec.name() + " was not saved: " + e.getMessage(), e);
            for (Path left : List.of(
                    vmm.jail().host(state).path(), vmm.jail().host(memory).path())) {
                delete(left, failure);
            }
            throw failure;
        }
    }

    private void take(JailPath name, HostPath target) throws IOException {
        Path file = vmm.jail().host(name).path();
        // Owned by us, or the VMM could still change it: it has the right to, not just the open file.
        Path own = Path.of("/proc/self");
        Files.setAttribute(file, "unix:uid", Files.getAttribute(own, "unix:uid"));
        Files.setAttribute(file, "unix:gid", Files.getAttribute(own, "unix:gid"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
        Files.move(file, target.path());
    }

    private static void delete(Path file, MachineException failure) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}

package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.linux.SealedMemory;
import dev.execlaw.microvm.machine.ConsoleFiles.Handed;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.Memory;
import dev.execlaw.microvm.machine.SavedState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What QEMU takes as a guest's memory. Files are handed to it open and named by their descriptor, so that it needs to see
 * none of them. Any thread may use it.
 *
 * <p>QEMU before 8.2 opens the file of a private mapping for writing too. Where it runs as another account, which must not
 * be able to write to what all clones share, it is given a sealed copy in memory instead: one for each template, as large
 * as what of the template is not zeros, kept by this process and by the machines that run on it.
 */
final class GuestMemory {

    /** The memory's name in QEMU and in what QEMU saves. */
    static final String ID = "m0";

    /** Descriptor of the saved devices. */
    static final int DEVICES = 8;

    private static final int MEMORY = 9;

    private final Blanks blanks;
    private final boolean readsOnly;

    /** One of each template that is there and was cloned; guarded by this. */
    private final Map<Key, SealedMemory> copies = new HashMap<>();

    /**
     * Knows how memory is given to a QEMU.
     *
     * @param readsOnly whether QEMU can map a file privately that it may only read
     */
    GuestMemory(Blanks blanks, boolean readsOnly) {
        this.blanks = blanks;
        this.readsOnly = readsOnly;
    }

    /** QEMU's description of the machine's memory. */
    String object(MachineSpec spec) {
        String rest = ",id=" + ID + ",size=" + spec.memoryMiB() + "M";
        String file = "memory-backend-file" + rest + ",mem-path=/proc/self/fd/" + MEMORY;
        return switch (spec.memory()) {
            case Memory.Fresh _ -> "memory-backend-ram" + rest;
            case Memory.Recorded _ -> file + ",share=on";
            case Memory.Saved(SavedState state) when blanks.holds(state.template()) -> "memory-backend-ram" + rest;
            case Memory.Saved _ -> file + ",share=off" + (readsOnly ? ",readonly=on,rom=off" : "");
        };
    }

    /**
     * Opens what a machine starts from.
     *
     * @throws IOException when it is not there or not whole
     */
    List<Handed> open(MachineSpec spec) throws IOException {
        return switch (spec.memory()) {
            case Memory.Fresh _ -> List.of();
            case Memory.Recorded(Path file) -> List.of(new Handed(MEMORY, recorded(spec, file), true));
            case Memory.Saved(SavedState state) -> saved(spec, state);
        };
    }

    private static Path recorded(MachineSpec spec, Path file) throws IOException {
        var own = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (FileChannel channel =
                FileChannel.open(file, EnumSet.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW), own)) {
            channel.write(ByteBuffer.allocate(1), length(spec) - 1);
        }
        if (spec.account() != null) {
            new Ownership(spec, spec.account()).grantFile(file);
        }
        return file;
    }

    private List<Handed> saved(MachineSpec spec, SavedState state) throws IOException {
        Path file = state.memory();
        long size = Files.size(file);
        if (size != length(spec)) {
            throw new IOException("memory " + file + " has " + size + " bytes, machine " + spec.name() + " needs "
                    + length(spec) + "; the template is not whole or is of another shape");
        }
        List<Handed> handed = new ArrayList<>(List.of(new Handed(DEVICES, state.devices(), false)));
        if (!blanks.holds(state.template())) {
            boolean itself = readsOnly || (spec.account() == null && Files.isWritable(file));
            Path shown = itself ? file : copy(file).path();
            handed.add(new Handed(MEMORY, shown, false));
        }
        return List.copyOf(handed);
    }

    /** The sealed copy, which is made when it is first asked for. */
    private synchronized SealedMemory copy(Path file) throws IOException {
        Key key = new Key(file.toRealPath(), Files.getLastModifiedTime(file), Files.size(file));
        SealedMemory copy = copies.get(key);
        if (copy == null) {
            copies.entrySet().removeIf(GuestMemory::letGoIfDeleted);
            copy = SealedMemory.copyOf(file);
            copies.put(key, copy);
        }
        return copy;
    }

    private static boolean letGoIfDeleted(Map.Entry<Key, SealedMemory> known) {
        if (Files.exists(known.getKey().file())) {
            return false;
        }
        known.getValue().close();
        return true;
    }

    static long length(MachineSpec spec) {
        return (long) spec.memoryMiB() << 20;
    }

    private record Key(Path file, FileTime modified, long size) {}
}

package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.linux.ProcessMemory;
import dev.execlaw.microvm.linux.ProcessMemory.Run;
import dev.execlaw.microvm.machine.MachineSpec;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.process.Account;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Saves what a stopped machine has changed since its template: two files beside each other. Used by one thread. */
record Saving(MachineSpec spec, Vmm vmm) {

    private static final Logger LOG = LoggerFactory.getLogger(Saving.class);
    private static final Duration CALL = Duration.ofSeconds(20);

    /** More than any machine's devices; a VMM that was broken into may write what it likes. */
    private static final long MOST = 64 << 20;

    /**
     * Writes the files.
     *
     * @param template what the machine was cloned from
     * @param blank whether that is an empty memory
     */
    SavedState changes(Path template, boolean blank, Path directory) throws IOException {
        SavedState saved = new SavedState(template, directory);
        byte[] base = DeviceStream.read(new SavedState(template, null).devices());
        Path pages = directory.resolve(SavedState.PAGES);
        Laps laps = new Laps();
        try {
            DeviceStream.write(saved.devices(), DeviceStream.spliced(base, devices()));
            laps.done("devices");
            try (ProcessMemory memory =
                    ProcessMemory.open(vmm.process().identity().pid())) {
                long address = vmm.memoryAddress();
                long length = GuestMemory.length(spec);
                List<Run> runs = memory.own(address, length);
                laps.done(runs.size() + " runs of pages found");
                PageFile.write(pages, memory, address, length, runs, !blank);
                laps.done(Files.size(pages) + " bytes of pages");
            }
            LOG.debug("saving of {}: {}", spec.name(), laps);
            return saved;
        } catch (IOException e) {
            Files.deleteIfExists(saved.devices());
            Files.deleteIfExists(pages);
            throw e;
        }
    }

    /** What QEMU writes to a file of ours in a directory of ours, where it could put nothing else in its place. */
    private byte[] devices() throws IOException {
        Path file = MachineFiles.of(spec).saving();
        Files.deleteIfExists(file);
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Account account = spec.account();
            if (account != null) {
                new Ownership(spec, account).grantFile(file);
            }
            vmm.qmp().call(new QmpCommand.SaveDevices(name(file)), CALL);
            long size = Files.size(file);
            if (size > MOST) {
                throw new IOException("QEMU's devices take " + size + " bytes, at most " + MOST + " are saved");
            }
            return Files.readAllBytes(file);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static String name(Path file) {
        @Nullable Path name = file.getFileName();
        return String.valueOf(name);
    }
}

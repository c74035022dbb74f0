package dev.execlaw.microvm.machine;

import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.process.Account;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Everything a driver needs to make one machine. Immutable and validated; equal specs describe equal machines.
 *
 * @param name how the machine is called in process listings and logs: lower-case letters, digits, dashes, 1 to 63
 * @param directory private directory of this machine (0700): sockets, console files, VMM logs. Exists before start
 * @param boot kernel, initramfs and the kernel's command line
 * @param disk the root disk, writable, owned by this machine alone
 * @param vcpus virtual CPUs, 1 to 32
 * @param memoryMiB guest memory in MiB, 128 to 262,144
 * @param nic the one network card
 * @param limits what it may take of the host beside memory and vCPUs
 * @param account whom its VMM runs as; null for the account that this process runs as
 * @param memory what is in its memory when it starts
 */
public record MachineSpec(
        String name,
        Path directory,
        Boot boot,
        Disk disk,
        int vcpus,
        int memoryMiB,
        Nic nic,
        Limits limits,
        @Nullable Account account,
        Memory memory) {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    public MachineSpec {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("machine name \"" + name + "\" is not of the form " + NAME.pattern());
        }
        Objects.requireNonNull(directory, "directory");
        Objects.requireNonNull(boot, "boot");
        Objects.requireNonNull(disk, "disk");
        Objects.requireNonNull(nic, "nic");
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(memory, "memory");
        if (vcpus < 1 || vcpus > 32) {
            throw new IllegalArgumentException("vcpus is " + vcpus + ", allowed are 1 to 32");
        }
        if (memoryMiB < 128 || memoryMiB > 262_144) {
            throw new IllegalArgumentException("memoryMiB is " + memoryMiB + ", allowed are 128 to 262144");
        }
    }

    /** A machine that boots. */
    public MachineSpec(
            String name,
            Path directory,
            Boot boot,
            Disk disk,
            int vcpus,
            int memoryMiB,
            Nic nic,
            Limits limits,
            @Nullable Account account) {
        this(name, directory, boot, disk, vcpus, memoryMiB, nic, limits, account, new Memory.Fresh());
    }

    /** The same machine on another disk. */
    public MachineSpec on(Disk other) {
        return new MachineSpec(name, directory, boot, other, vcpus, memoryMiB, nic, limits, account, memory);
    }

    /**
     * How the guest starts.
     *
     * @param kernel bzImage or uncompressed ELF
     * @param initramfs null where the kernel finds its disk alone
     * @param arguments the kernel's command line without what the driver itself must add ({@link Driver#kernelArguments})
     */
    public record Boot(Path kernel, @Nullable Path initramfs, String arguments) {}

    /** A disk file and its format. */
    public record Disk(Path path, Format format) {
        public enum Format {
            RAW,
            QCOW2
        }
    }

    /** How the guest's network card is connected. */
    public sealed interface Nic {

        /** The slot whose addresses and MAC the guest uses. */
        Slot slot();

        /**
         * QEMU's user-mode network with no way out but the gateway: a connection of the guest to
         * {@code slot.gateway():port} arrives at a Unix socket of the host.
         *
         * @param gatewaySocket path of the Unix socket where the host's gateway listens for this machine alone
         * @param gatewayPort TCP port of the gateway as the guest sees it
         */
        record User(Slot slot, Path gatewaySocket, int gatewayPort) implements Nic {}

        /**
         * The slot's TAP device ({@link Slot#tap}).
         *
         * @param enclosed whether the driver makes it, in a network namespace of the VMM's own where nothing else is and
         *     which goes with the VMM. Else it exists and belongs to the machine's account; who makes it, and what the
         *     guest reaches through it, is the network's matter
         */
        record Tap(Slot slot, boolean enclosed) implements Nic {

            /** A device that exists. */
            public Tap(Slot slot) {
                this(slot, false);
            }
        }
    }
}

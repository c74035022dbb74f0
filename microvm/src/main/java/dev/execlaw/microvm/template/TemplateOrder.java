package dev.execlaw.microvm.template;

import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.machine.MachineSpec.Boot;
import dev.execlaw.microvm.machine.MachineSpec.Nic;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.process.Account;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A template that is wanted.
 *
 * @param image what boots
 * @param vcpus of the machine
 * @param memoryMiB of the machine
 * @param network how clones are connected
 * @param slot addresses that the guest has until a clone of it is told others; nobody else sees them
 * @param agent what is typed at the shell's prompt to start an agent that waits, with its newline; empty for none
 * @param limits what clones may take of the host
 * @param account whom the template's VMM runs as; null for the account that this process runs as
 */
public record TemplateOrder(
        Image image,
        int vcpus,
        int memoryMiB,
        Network network,
        Slot slot,
        String agent,
        Limits limits,
        @Nullable Account account) {

    private static final int ANY_PORT = 8787;

    public TemplateOrder {
        Objects.requireNonNull(image, "image");
        Objects.requireNonNull(network, "network");
        Objects.requireNonNull(slot, "slot");
        Objects.requireNonNull(limits, "limits");
        if (!agent.isEmpty() && !agent.endsWith("\n")) {
            throw new IllegalArgumentException("the agent's start \"" + agent + "\" does not end with a newline");
        }
    }

    /** How network cards are connected, as templates' keys name it. */
    public enum Network {
        /** TAP devices. */
        TAP("tap"),
        /** QEMU's user-mode network. */
        USER("user");

        private final String word;

        Network(String word) {
            this.word = word;
        }

        /** The word in keys. */
        public String word() {
            return word;
        }
    }

    /**
     * What a template that fits depends on.
     *
     * @param signature the driver's
     */
    public TemplateKey key(String signature) {
        return new TemplateKey(image.id(), vcpus, memoryMiB, network.word(), agent, signature);
    }

    Boot boot() {
        String root = image.initramfs() == null ? " root=/dev/vda rw" : ""; // an initramfs knows, a kernel does not
        return new Boot(
                image.kernel(),
                image.initramfs(),
                "console=ttyS0 reboot=k panic=1 pci=off ip=" + slot.guest() + "::" + slot.gateway() + ":"
                        + slot.netmask() + ":nullclaw:eth0:off" + root);
    }

    /** A network with nobody in it. */
    Nic nic(Path directory) {
        return switch (network) {
            case TAP -> new Nic.Tap(slot, true);
            case USER -> new Nic.User(slot, directory.resolve("gw.sock"), ANY_PORT);
        };
    }
}

package dev.execlaw.host;

import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.process.Account;
import dev.execlaw.microvm.template.TemplateOrder;
import org.jspecify.annotations.Nullable;

/**
 * What all templates of this host have in common.
 *
 * @param mode how its guests are connected
 * @param prefix the network that slots are cut from
 * @param firstUid user of the VMM in slot 0; 0 where all run as the server does
 * @param limits of every machine
 */
public record TemplateOrders(HostNetwork.Mode mode, NetworkPrefix prefix, int firstUid, Limits limits) {

    /**
     * A template that sessions of this kind are cloned from.
     *
     * @param agent what is typed to start the agent that waits, with its newline; empty for none
     */
    public TemplateOrder of(Image image, int vcpus, int memoryMiB, String agent) {
        return new TemplateOrder(image, vcpus, memoryMiB, network(), prefix.slot(0), agent, limits, account());
    }

    private TemplateOrder.Network network() {
        return switch (mode) {
            case TAP -> TemplateOrder.Network.TAP;
            case USER -> TemplateOrder.Network.USER;
        };
    }

    /** The one after those of all slots: no machine of a session runs as it. */
    private @Nullable Account account() {
        int uid = firstUid + Slot.COUNT;
        return firstUid == 0 ? null : new Account(uid, uid);
    }
}

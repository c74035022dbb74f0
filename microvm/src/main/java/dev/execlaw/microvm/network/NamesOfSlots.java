package dev.execlaw.microvm.network;

import dev.execlaw.microvm.network.names.Admission;
import dev.execlaw.microvm.network.names.Forwarder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Names for guests with an allow-list: who is served, and that an address is let through before its guest knows it. */
final class NamesOfSlots implements Admission, AutoCloseable {

    private final TapSettings settings;
    private final KnownSlots slots;
    private final Forwarder forwarder;

    NamesOfSlots(TapSettings settings, KnownSlots slots) {
        this.settings = settings;
        this.slots = slots;
        this.forwarder = new Forwarder(this, settings.nameservers());
    }

    /** Serves a slot that has its device and address, or serves it no longer. */
    void follow(Slot slot, EgressPolicy policy) throws NetworkException {
        if (!(policy instanceof EgressPolicy.Allowlist)) {
            forwarder.leave(slot.index());
            return;
        }
        int port = settings.resolverPort();
        try {
            forwarder.serve(slot.index(), new InetSocketAddress(InetAddress.ofLiteral(slot.gateway()), port));
        } catch (IOException e) {
            throw new NetworkException(
                    "cannot resolve names for slot " + slot.index() + " at " + slot.gateway() + ":" + port + ": "
                            + e.getMessage() + "; another program may hold that port",
                    e);
        }
    }

    void leave(Slot slot) {
        forwarder.leave(slot.index());
    }

    @Override
    public boolean lists(int guest, String name) {
        return slots.policy(settings.prefix().slot(guest))
                .filter(policy -> SlotRules.lists(policy, name))
                .isPresent();
    }

    @Override
    public List<String> admit(int guest, String name, List<String> addresses, long seconds) throws NetworkException {
        Slot slot = settings.prefix().slot(guest);
        List<String> admitted = new ArrayList<>();
        slots.locked(slot, () -> {
            SlotRules known = slots.find(slot).orElse(null);
            // The policy may have changed since the name was looked at.
            if (known == null || !known.lists(name)) {
                return;
            }
            long now = System.nanoTime();
            List<String> open = addresses.stream()
                    .filter(address -> !PrivateRanges.contain(settings.prefix(), address))
                    .toList();
            String statements = known.admit(open, seconds, now);
            if (!statements.isEmpty()) {
                HostCommand.nft("let " + slot.guest() + " reach " + name, statements);
            }
            known.admitted(open, name, seconds, now);
            admitted.addAll(open);
        });
        return admitted;
    }

    @Override
    public void close() {
        forwarder.close();
    }
}

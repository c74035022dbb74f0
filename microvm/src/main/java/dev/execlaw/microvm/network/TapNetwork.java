package dev.execlaw.microvm.network;

import dev.execlaw.microvm.linux.TapDevice;
import dev.execlaw.microvm.process.Account;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Guests' networks by TAP devices and one table of nftables rules: a slot is a device and some elements of sets, so that
 * what one costs does not depend on how many there are. One process at a time may have it open on a host.
 *
 * <p>Guests' packets are judged by their Ethernet and IP source addresses; ARP is not, it reaches nobody but the host. A
 * slot that was there already when {@link #attach} fails stays as it was, since a machine may be using it.
 */
public final class TapNetwork implements GuestNetwork {

    private final TapSettings settings;
    private final KnownSlots slots;
    private final NamesOfSlots names;

    private TapNetwork(TapSettings settings) {
        this.settings = settings;
        this.slots = new KnownSlots(settings.prefix());
        this.names = new NamesOfSlots(settings, slots);
    }

    /**
     * Sets the host up for guests, or takes over what an earlier process left.
     *
     * @throws NetworkException when this process cannot do it, or this host uses the prefix; nothing was changed then
     */
    public static TapNetwork open(TapSettings settings) throws NetworkException {
        Optional<String> missing = unusable();
        if (missing.isPresent()) {
            throw new NetworkException("no TAP network on this host: " + missing.get());
        }
        HostAddresses.read().refuseOverlap(settings.prefix());
        TapNetwork network = new TapNetwork(settings);
        try {
            network.mend();
            network.slots.read();
        } catch (NetworkException e) {
            network.takeBack(e);
            throw e;
        }
        return network;
    }

    private void takeBack(NetworkException failure) {
        try {
            if (attached().isEmpty()) {
                release();
            }
        } catch (NetworkException e) {
            failure.addSuppressed(e);
        }
    }

    /** Why this process cannot have a TAP network on this host, with what to do about it; empty where it can. */
    public static Optional<String> unusable() {
        return Requirements.missing();
    }

    @Override
    public void release() throws NetworkException {
        Set<Integer> attached = attached();
        if (!attached.isEmpty()) {
            throw new NetworkException("the network is still used by slots " + attached + "; detach them first");
        }
        Firewalls.close();
        RuleTable.delete();
        Forwarding.restore(settings.state());
    }

    /** Sets right what others changed since: a firewall that is restarted may remove all rules of the host. */
    private synchronized List<String> mend() throws NetworkException {
        List<String> obstacles = new ArrayList<>();
        if (RuleTable.open(settings, slots::restore) && !slots.isEmpty()) {
            obstacles.add("Someone removed the rules of guests (nft table " + Elements.TABLE
                    + "); they are set again. If a firewall's restart does this (flush ruleset), keep it to its own"
                    + " tables: until the rules were set again, guests were not kept apart.");
        }
        Forwarding.enable(settings.state());
        obstacles.addAll(Firewalls.open());
        return obstacles;
    }

    @Override
    public void attach(Slot slot, @Nullable Account owner, EgressPolicy policy) throws NetworkException {
        slots.locked(slot, () -> {
            Optional<TapDevice> made = Links.create(slot, owner);
            if (made.isPresent()) {
                make(slot, owner, policy, made.get());
            } else {
                takeOver(slot, owner, policy);
            }
        });
    }

    private void make(Slot slot, @Nullable Account owner, EgressPolicy policy, TapDevice device)
            throws NetworkException {
        try (device) {
            // Both wait for the kernel more than they work. No one can send through the device before it is let go of.
            CompletableFuture<Optional<NetworkException>> configured =
                    beside("configure-" + slot.tap(), () -> Links.configure(slot, owner));
            Optional<SlotRules> had = slots.find(slot);
            SlotRules made = had.isPresent() ? new SlotRules(slot, List.of(), List.of()) : SlotRules.fresh(slot);
            // From here on it is not fresh: should this fail in the middle, nobody takes it for that.
            slots.put(slot, known(slot));
            try {
                HostCommand.nft(
                        "add the rules of slot " + slot.index(),
                        had.map(SlotRules::forgetAll).orElse("") + made.attach() + made.change(policy, false));
            } finally {
                configured.join();
            }
            made.changed(policy, false);
            slots.put(slot, made);
            Optional<NetworkException> failure = configured.join();
            if (failure.isPresent()) {
                throw failure.get();
            }
            names.follow(slot, policy);
            device.persist();
        } catch (IOException e) {
            NetworkException failure = e instanceof NetworkException already
                    ? already
                    : new NetworkException("cannot attach slot " + slot.index() + ": " + e.getMessage(), e);
            undo(slot, failure);
            throw failure;
        }
    }

    /** Does something on a thread of its own; gives what went wrong. */
    private static CompletableFuture<Optional<NetworkException>> beside(String name, KnownSlots.Work work) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        work.run();
                        return Optional.empty();
                    } catch (NetworkException e) {
                        return Optional.of(e);
                    }
                },
                task -> Thread.ofVirtual().name(name).start(task));
    }

    private void takeOver(Slot slot, @Nullable Account owner, EgressPolicy policy) throws NetworkException {
        boolean same = Links.belongsTo(slot, owner);
        SlotRules known = known(slot);
        if (same && known.attachedHere() && known.policy().equals(policy)) {
            names.follow(slot, policy);
            return;
        }
        HostCommand.nft("add the rules of slot " + slot.index(), known.attach() + known.change(policy, same));
        known.changed(policy, same);
        slots.put(slot, known);
        Links.give(slot, owner);
        Links.configure(slot, owner);
        names.follow(slot, policy);
    }

    /** Removes what a failed attach made; an interrupt that made it fail waits until that is done. */
    private void undo(Slot slot, NetworkException failure) {
        boolean interrupted = Thread.interrupted();
        try {
            remove(slot);
        } catch (NetworkException e) {
            failure.addSuppressed(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void change(Slot slot, EgressPolicy policy) throws NetworkException {
        slots.locked(slot, () -> {
            SlotRules known = slots.find(slot)
                    .orElseThrow(() -> new NetworkException(
                            "slot " + slot.index() + " is not attached, so what it reaches cannot be changed"));
            HostCommand.nft("change what slot " + slot.index() + " reaches", known.change(policy, false));
            known.changed(policy, false);
            names.follow(slot, policy);
        });
    }

    @Override
    public void detach(Slot slot) throws NetworkException {
        slots.locked(slot, () -> remove(slot));
    }

    private void remove(Slot slot) throws NetworkException {
        names.leave(slot);
        SlotRules known = known(slot);
        Optional<TapDevice> seized = Links.seize(slot, known.attachedHere());
        if (seized.isPresent()) {
            // Together, as with making it: while we hold the device nobody sends through it without its rules.
            CompletableFuture<Optional<NetworkException>> ruled =
                    beside("remove-" + slot.tap(), () -> removeRules(slot, known));
            seized.get().close();
            Optional<NetworkException> failure = ruled.join();
            if (failure.isPresent()) {
                throw failure.get();
            }
        }
        Links.remove(slot);
        if (seized.isEmpty()) {
            removeRules(slot, known);
        }
        slots.remove(slot);
    }

    private static void removeRules(Slot slot, SlotRules known) throws NetworkException {
        try {
            HostCommand.nft("remove the rules of slot " + slot.index(), known.forgetAll() + known.detach());
        } catch (NetworkException e) {
            // Someone else may have removed some of them, or all with all of the host's rules.
            if (RuleTable.slots().contains(slot.index())) {
                SlotRules found = KnownSlots.read(slot);
                HostCommand.nft("remove the rules of slot " + slot.index(), found.forgetAll() + found.detach());
            }
        }
    }

    @Override
    public Traffic traffic(Slot slot) throws NetworkException {
        return Counters.read(slot);
    }

    @Override
    public Set<Integer> attached() throws NetworkException {
        Set<Integer> attached = new TreeSet<>(Links.slots(true));
        attached.addAll(RuleTable.slots());
        return attached;
    }

    @Override
    public Set<Integer> reserved() throws NetworkException {
        Set<Integer> reserved = new TreeSet<>(Links.slots(false));
        reserved.addAll(HostAddresses.read().slots(settings.prefix()));
        return reserved;
    }

    @Override
    public List<String> obstacles() throws NetworkException {
        return mend();
    }

    @Override
    public void close() {
        names.close();
    }

    private SlotRules known(Slot slot) {
        return slots.find(slot).orElseGet(() -> new SlotRules(slot, List.of(), List.of()));
    }
}

package dev.execlaw.microvm.network;

import dev.execlaw.microvm.linux.TapDevice;
import dev.execlaw.microvm.process.Account;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
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
    private final Map<Integer, SlotRules> rules = new ConcurrentHashMap<>();
    private final ReentrantLock[] locks = new ReentrantLock[64];

    private TapNetwork(TapSettings settings) {
        this.settings = settings;
        for (int i = 0; i < locks.length; i++) {
            locks[i] = new ReentrantLock();
        }
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
        network.mend();
        network.readRules();
        return network;
    }

    /** Why this process cannot have a TAP network on this host, with what to do about it; empty where it can. */
    public static Optional<String> unusable() {
        return Requirements.missing();
    }

    /**
     * Takes everything back that was done to the host.
     *
     * @throws NetworkException when slots are still attached; nothing is changed then
     */
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
    private List<String> mend() throws NetworkException {
        List<String> obstacles = new ArrayList<>();
        StringBuilder elements = new StringBuilder();
        rules.forEach((index, known) -> elements.append(known.restore()));
        if (RuleTable.open(settings, elements.toString()) && !rules.isEmpty()) {
            obstacles.add("Someone removed the rules of guests (nft table " + Elements.TABLE
                    + "); they are set again. If a firewall's restart does this (flush ruleset), keep it to its own"
                    + " tables: until the rules were set again, guests were not kept apart.");
        }
        Forwarding.enable(settings.state());
        obstacles.addAll(Firewalls.open());
        return obstacles;
    }

    private void readRules() throws NetworkException {
        Map<String, List<String>> networks = RuleTable.granted("networks");
        Map<String, List<String>> names = RuleTable.granted("names");
        for (int index : RuleTable.slots()) {
            Slot slot = settings.prefix().slot(index);
            rules.put(
                    index,
                    new SlotRules(
                            slot,
                            networks.getOrDefault(slot.guest(), List.of()),
                            names.getOrDefault(slot.guest(), List.of())));
        }
    }

    @Override
    public void attach(Slot slot, @Nullable Account owner, EgressPolicy policy) throws NetworkException {
        locked(slot, () -> {
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
            CompletableFuture<Optional<NetworkException>> configured = configuring(slot, owner);
            SlotRules had = rules(slot);
            SlotRules made = new SlotRules(slot, List.of(), List.of());
            try {
                HostCommand.nft(
                        "add the rules of slot " + slot.index(),
                        had.forgetAll() + made.attach() + made.change(policy, false));
            } finally {
                configured.join();
            }
            made.changed(policy, false);
            rules.put(slot.index(), made);
            Optional<NetworkException> failure = configured.join();
            if (failure.isPresent()) {
                throw failure.get();
            }
            device.persist();
        } catch (IOException e) {
            NetworkException failure = e instanceof NetworkException already
                    ? already
                    : new NetworkException("cannot attach slot " + slot.index() + ": " + e.getMessage(), e);
            undo(slot, failure);
            throw failure;
        }
    }

    private static CompletableFuture<Optional<NetworkException>> configuring(Slot slot, @Nullable Account owner) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        Links.configure(slot, owner);
                        return Optional.empty();
                    } catch (NetworkException e) {
                        return Optional.of(e);
                    }
                },
                task -> Thread.ofVirtual().name("configure-" + slot.tap()).start(task));
    }

    private void takeOver(Slot slot, @Nullable Account owner, EgressPolicy policy) throws NetworkException {
        boolean same = Links.belongsTo(slot, owner);
        SlotRules rules = rules(slot);
        HostCommand.nft("add the rules of slot " + slot.index(), rules.attach() + rules.change(policy, same));
        rules.changed(policy, same);
        this.rules.put(slot.index(), rules);
        Links.give(slot, owner);
        Links.configure(slot, owner);
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
        locked(slot, () -> {
            SlotRules known = rules.get(slot.index());
            if (known == null) {
                throw new NetworkException("slot " + slot.index() + " is not attached; attach it first");
            }
            HostCommand.nft("change what slot " + slot.index() + " reaches", known.change(policy, false));
            known.changed(policy, false);
        });
    }

    @Override
    public void detach(Slot slot) throws NetworkException {
        locked(slot, () -> remove(slot));
    }

    /** The device first: without its rules nothing may pass through it. */
    private void remove(Slot slot) throws NetworkException {
        Links.remove(slot);
        SlotRules known = rules(slot);
        try {
            HostCommand.nft("remove the rules of slot " + slot.index(), known.forgetAll() + known.detach());
        } catch (NetworkException e) {
            // Someone else may have removed them, with all of the host's rules.
            if (RuleTable.slots().contains(slot.index())) {
                throw e;
            }
        }
        rules.remove(slot.index());
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
    public void close() {}

    private SlotRules rules(Slot slot) {
        SlotRules known = rules.get(slot.index());
        return known == null ? new SlotRules(slot, List.of(), List.of()) : known;
    }

    private void locked(Slot slot, Work work) throws NetworkException {
        if (!slot.prefix().equals(settings.prefix())) {
            throw new IllegalArgumentException(
                    "slot " + slot.index() + " is of " + slot.prefix() + ", this network of " + settings.prefix());
        }
        ReentrantLock lock = locks[slot.index() % locks.length];
        lock.lock();
        try {
            work.run();
        } finally {
            lock.unlock();
        }
    }

    /** What is done to one slot while no one else works on it. */
    @FunctionalInterface
    private interface Work {
        void run() throws NetworkException;
    }
}

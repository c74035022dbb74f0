package dev.execlaw.microvm.network;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** What this process knows of the rules of each slot. Any thread; what is done to one slot is done one after the other. */
final class KnownSlots {

    private static final int LOCKS = 64;

    private final NetworkPrefix prefix;
    private final Map<Integer, SlotRules> rules = new ConcurrentHashMap<>();
    private final ReentrantLock[] locks = new ReentrantLock[LOCKS];

    KnownSlots(NetworkPrefix prefix) {
        this.prefix = prefix;
        for (int i = 0; i < LOCKS; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    /** Reads what the table holds. */
    void read() throws NetworkException {
        Map<String, List<String>> networks = RuleTable.granted("networks");
        Map<String, List<String>> names = RuleTable.granted("names");
        for (int index : RuleTable.slots()) {
            Slot slot = prefix.slot(index);
            List<String> itsNetworks = networks.getOrDefault(slot.guest(), List.of());
            List<String> itsNames = names.getOrDefault(slot.guest(), List.of());
            rules.put(index, new SlotRules(slot, itsNetworks, itsNames));
        }
    }

    /** Reads what the table holds of one slot. */
    static SlotRules read(Slot slot) throws NetworkException {
        List<String> networks = RuleTable.granted("networks").getOrDefault(slot.guest(), List.of());
        List<String> names = RuleTable.granted("names").getOrDefault(slot.guest(), List.of());
        return new SlotRules(slot, networks, names);
    }

    boolean isEmpty() {
        return rules.isEmpty();
    }

    /** Statements for a table that is new, with all slots that are known. */
    String restore() throws NetworkException {
        StringBuilder statements = new StringBuilder();
        for (int index : rules.keySet()) {
            locked(
                    prefix.slot(index),
                    () -> find(prefix.slot(index)).ifPresent(known -> statements.append(known.restore())));
        }
        return statements.toString();
    }

    /** What is known of a slot; its lock must be held. */
    Optional<SlotRules> find(Slot slot) {
        return Optional.ofNullable(rules.get(slot.index()));
    }

    /** The policy of a slot, as far as it is known; for that no lock is needed. */
    Optional<EgressPolicy> policy(Slot slot) {
        return find(slot).map(SlotRules::policy);
    }

    void put(Slot slot, SlotRules known) {
        rules.put(slot.index(), known);
    }

    void remove(Slot slot) {
        rules.remove(slot.index());
    }

    /** Works on one slot while no one else does. */
    void locked(Slot slot, Work work) throws NetworkException {
        if (!slot.prefix().equals(prefix)) {
            throw new IllegalArgumentException(
                    "slot " + slot.index() + " is of " + slot.prefix() + ", this network of " + prefix);
        }
        ReentrantLock lock = locks[slot.index() % LOCKS];
        lock.lock();
        try {
            work.run();
        } finally {
            lock.unlock();
        }
    }

    /** What is done to one slot. */
    @FunctionalInterface
    interface Work {
        void run() throws NetworkException;
    }
}

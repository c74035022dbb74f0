package dev.execlaw.host;

import dev.execlaw.microvm.network.NetworkException;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.store.ResourceTable;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Network slots, one for each session with a machine. The one used last is given out last, so that an address does not
 * change hands while somebody may still remember it. Any thread may use it.
 */
public final class Slots {

    private final ResourceTable table;
    private final HostNetwork network;

    public Slots(ResourceTable table, HostNetwork network) {
        this.table = table;
        this.network = network;
    }

    /**
     * Takes a slot whose addresses the host does not use; a session that has one keeps it.
     *
     * @throws NetworkException when the host's own addresses cannot be read
     */
    public Slot take(String session) throws NetworkException {
        // What others use of the host's network takes longer to find out than all the rest, and one that is held is
        // kept.
        Set<Integer> reserved = table.slotHolders().contains(session) ? Set.of() : network.reserved();
        OptionalInt number = table.takeSlot(session, Slot.COUNT, reserved);
        if (number.isEmpty()) {
            throw new ProblemException(
                    ErrorCode.CAPACITY_MEMORY,
                    "all " + Slot.COUNT + " network slots are taken",
                    "delete or stop a session first");
        }
        return network.prefix().slot(number.getAsInt());
    }

    /** Gives a session's slot back; does nothing when it has none. */
    public void release(String session) {
        table.releaseSlot(session);
    }

    /** Sessions that hold a slot. */
    public List<String> holders() {
        return table.slotHolders();
    }
}

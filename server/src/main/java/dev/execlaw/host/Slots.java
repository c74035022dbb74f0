package dev.execlaw.host;

import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.store.ResourceTable;
import java.util.List;
import java.util.OptionalInt;

/**
 * Network slots, one for each session with a machine. The one used last is given out last, so that an address does not
 * change hands while somebody may still remember it. Any thread may use it.
 */
public final class Slots {

    private final ResourceTable table;

    public Slots(ResourceTable table) {
        this.table = table;
    }

    /** Takes a slot; a session that has one keeps it. */
    public Slot take(String session) {
        OptionalInt number = table.takeSlot(session, Slot.COUNT);
        if (number.isEmpty()) {
            throw new ProblemException(
                    ErrorCode.CAPACITY_MEMORY,
                    "all " + Slot.COUNT + " network slots are taken",
                    "delete or stop a session first");
        }
        return NetworkPrefix.DEFAULT.slot(number.getAsInt());
    }

    /** Gives a session's slot back; does nothing when it has none. */
    public void release(String session) {
        table.releaseSlot(session);
    }

    /** The slots that are taken. */
    public List<Slot> taken() {
        return table.takenSlots().stream().map(NetworkPrefix.DEFAULT::slot).toList();
    }

    /** Sessions that hold a slot. */
    public List<String> holders() {
        return table.slotHolders();
    }
}

package dev.execlaw.session;

import dev.execlaw.gateway.MessageReference;
import dev.execlaw.store.MessageRow;
import dev.execlaw.store.MessageTable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Messages that wait for the agent, in the store and in memory. Belongs to the supervisor's thread. */
final class MessageQueue {

    private static final String QUEUED = "queued";
    private static final String RUNNING = "running";
    private static final String DONE = "done";

    private final MessageTable table;
    private final String session;
    private final Deque<MessageRow> waiting;
    private boolean brokenOff;

    MessageQueue(MessageTable table, String session) {
        this.table = table;
        this.session = session;
        this.waiting = new ArrayDeque<>(table.inState(session, QUEUED));
    }

    /** Keeps a message, durably. */
    MessageRow add(String text) {
        String id = UUID.randomUUID().toString().replace("-", "").substring(0, 16);
        MessageRow row = new MessageRow(id, session, MessageReference.create(), text, QUEUED);
        table.insert(row);
        waiting.addLast(row);
        return row;
    }

    /** Takes a waiting message back. Returns whether it was there. */
    boolean remove(String id) {
        boolean there = waiting.removeIf(row -> row.id().equals(id));
        if (there) {
            table.delete(id);
        }
        return there;
    }

    /** The next message, which runs from now on. */
    Optional<MessageRow> next() {
        Optional<MessageRow> next = Optional.ofNullable(waiting.pollFirst());
        next.ifPresent(row -> table.state(row.id(), RUNNING));
        return next;
    }

    /** A message's turn is over. */
    void done(String id) {
        table.state(id, DONE);
    }

    /** Messages whose turn was running when the server ended. */
    List<MessageRow> interrupted() {
        List<MessageRow> rows = table.inState(session, RUNNING);
        brokenOff |= !rows.isEmpty();
        return rows;
    }

    /** Whether a turn was running when the server ended. */
    boolean brokenOff() {
        return brokenOff;
    }

    List<MessageRow> rows() {
        return List.copyOf(waiting);
    }
}

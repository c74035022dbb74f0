package dev.execlaw.session;

import dev.execlaw.gateway.MessageReference;
import dev.execlaw.store.Change;
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

    /** A new message at the end; durable once the change is made. */
    MessageRow create(String text) {
        String id = UUID.randomUUID().toString().replace("-", "").substring(0, 16);
        return new MessageRow(id, session, MessageReference.create(), text, QUEUED);
    }

    /** The change that keeps a message. */
    Change insertion(MessageRow row) {
        return table.insertion(row);
    }

    /** A message was kept. */
    void added(MessageRow row) {
        waiting.addLast(row);
    }

    /** Takes a waiting message back; where it is there, the change that removes it. */
    Optional<Change> remove(String id) {
        boolean there = waiting.removeIf(row -> row.id().equals(id));
        return there ? Optional.of(table.deletion(id)) : Optional.empty();
    }

    /** Takes the next message, which runs once the change {@link #started} is made. */
    Optional<MessageRow> next() {
        return Optional.ofNullable(waiting.pollFirst());
    }

    /** The change that a message's turn begins. */
    Change started(String id) {
        return table.state(id, RUNNING);
    }

    /** The change that a message's turn is over. */
    Change done(String id) {
        return table.state(id, DONE);
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

package dev.execlaw.host;

import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.Slot;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.store.ResourceRow;
import dev.execlaw.store.ResourceTable;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What was made on the host, and for whom. An entry is durable before its thing is made and goes after the thing is
 * proven gone, so whatever happens in between, nothing is forgotten. Any thread may use it; writes wait for the disk.
 */
public final class Ledger {

    private static final String DIRECTORY = "directory";
    private static final String SOCKET = "socket";
    private static final String PROCESS = "process";
    private static final String TAP = "tap";
    private static final String SLOT = "slot";

    private final ResourceTable table;

    public Ledger(ResourceTable table) {
        this.table = table;
    }

    /** Writes an entry, or renews it with what became known. */
    public void enter(Resource resource) {
        table.put(row(resource));
    }

    /** Removes the entry of a thing that is gone. */
    public void strike(Resource resource) {
        ResourceRow row = row(resource);
        table.remove(row.kind(), row.ref());
    }

    /** All entries, in the order in which they were written. */
    public List<Resource> all() {
        return table.all().stream().map(Ledger::resource).toList();
    }

    /** Entries of one session. */
    public List<Resource> of(String session) {
        return table.of(session).stream().map(Ledger::resource).toList();
    }

    private static ResourceRow row(Resource resource) {
        return switch (resource) {
            case Resource.Directory(String session, Path path) ->
                new ResourceRow(session, DIRECTORY, path.toString(), "");
            case Resource.Socket(String session, Path path) -> new ResourceRow(session, SOCKET, path.toString(), "");
            case Resource.Vmm(String session, Path path, Optional<ProcessIdentity> identity) ->
                new ResourceRow(
                        session,
                        PROCESS,
                        path.toString(),
                        identity.map(id -> id.pid() + " " + id.startTicks()).orElse(""));
            case Resource.Tap(String session, Slot slot) ->
                new ResourceRow(
                        session,
                        TAP,
                        String.valueOf(slot.index()),
                        slot.prefix().toString());
            case Resource.NetworkSlot(String session) -> new ResourceRow(session, SLOT, session, "");
        };
    }

    private static Resource resource(ResourceRow row) {
        return switch (row.kind()) {
            case DIRECTORY -> new Resource.Directory(row.session(), Path.of(row.ref()));
            case SOCKET -> new Resource.Socket(row.session(), Path.of(row.ref()));
            case PROCESS -> new Resource.Vmm(row.session(), Path.of(row.ref()), identity(row.detail()));
            case TAP ->
                new Resource.Tap(
                        row.session(), NetworkPrefix.parse(row.detail()).slot(Integer.parseInt(row.ref())));
            case SLOT -> new Resource.NetworkSlot(row.session());
            default -> throw new IllegalStateException("the ledger has an entry of the unknown kind " + row.kind());
        };
    }

    private static Optional<ProcessIdentity> identity(String detail) {
        if (detail.isEmpty()) {
            return Optional.empty();
        }
        int space = detail.indexOf(' ');
        return Optional.of(new ProcessIdentity(
                Long.parseLong(detail.substring(0, space)), Long.parseLong(detail.substring(space + 1))));
    }
}

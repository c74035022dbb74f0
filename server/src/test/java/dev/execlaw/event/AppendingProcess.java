package dev.execlaw.event;

import dev.execlaw.store.Database;
import dev.execlaw.store.EventTable;
import java.nio.file.Path;
import java.time.InstantSource;

/** Appends until it is killed, and says each sequence number once it was acknowledged. Run by {@link CrashTest}. */
final class AppendingProcess {

    private AppendingProcess() {}

    public static void main(String[] arguments) {
        StoredEventLog log =
                new StoredEventLog(new EventTable(Database.open(Path.of(arguments[0]))), InstantSource.system());
        for (int i = 1; ; i++) {
            Event event = log.append("crashing", new EventPayload.Notice("number " + i));
            System.out.println(event.seq());
        }
    }
}

package dev.execlaw.cli;

import dev.execlaw.config.DataDirectory;
import dev.execlaw.store.Database;
import dev.execlaw.store.SessionTable;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Set;

/**
 * Which images must stay: those that a session names, whose kernel it boots from again whatever its disk is, and those
 * that disks lie over.
 */
final class ImagesInUse {

    private ImagesInUse() {}

    /** Their ids. */
    static Set<String> of(DataDirectory data) throws IOException {
        Set<String> used = Overlays.imagesInUse(data);
        if (Files.exists(data.database())) {
            try (Database database = Database.open(data.database())) {
                used.addAll(new SessionTable(database).images());
            }
        }
        return used;
    }
}

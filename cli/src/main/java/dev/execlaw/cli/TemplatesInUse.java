package dev.execlaw.cli;

import dev.execlaw.config.DataDirectory;
import dev.execlaw.host.Overlays;
import dev.execlaw.microvm.template.Template;
import dev.execlaw.store.CheckpointTable;
import dev.execlaw.store.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.function.Predicate;

/**
 * Which templates must stay: those that the disks of machines lie over, and those that the memory of a machine or of a
 * checkpoint is relative to. Where disks are copies that share blocks, nothing but the memory lies on a template.
 */
final class TemplatesInUse {

    private TemplatesInUse() {}

    /** Looks anew each time it is asked. */
    static Predicate<Template> of(DataDirectory data) {
        return template -> {
            try {
                return Overlays.below(
                                        data.machines(),
                                        template.directory().resolve("..").normalize())
                                .contains(template.name())
                        || underMemory(data, template);
            } catch (IOException e) {
                throw new UncheckedIOException("the disks of machines cannot be read: " + e.getMessage(), e);
            }
        };
    }

    private static boolean underMemory(DataDirectory data, Template template) {
        if (!Files.exists(data.database())) {
            return false;
        }
        try (Database database = Database.open(data.database())) {
            return new CheckpointTable(database)
                    .templates()
                    .contains(template.directory().toString());
        }
    }
}

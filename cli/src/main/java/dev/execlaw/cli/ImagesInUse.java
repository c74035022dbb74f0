package dev.execlaw.cli;

import dev.execlaw.config.DataDirectory;
import dev.execlaw.host.Overlays;
import dev.execlaw.microvm.template.Template;
import dev.execlaw.microvm.template.TemplateStore;
import dev.execlaw.store.Database;
import dev.execlaw.store.SessionTable;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which images must stay: those that a session names, whose kernel it boots from again whatever its disk is, those that
 * disks lie over, and those that a template in use was made from.
 */
final class ImagesInUse {

    private ImagesInUse() {}

    /** Their ids. */
    static Set<String> of(DataDirectory data) throws IOException {
        Set<String> used = Overlays.below(data.machines(), data.images());
        Predicate<Template> inUse = TemplatesInUse.of(data);
        for (Template template : new TemplateStore(data.root()).list()) {
            if (inUse.test(template)) {
                used.add(template.key().image());
            }
        }
        if (Files.exists(data.database())) {
            try (Database database = Database.open(data.database())) {
                used.addAll(new SessionTable(database).images());
            }
        }
        return used;
    }
}

package dev.execlaw.cli;

import dev.execlaw.config.DataDirectory;
import dev.execlaw.microvm.template.Template;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Predicate;

/** Which templates must stay: those that the disks of machines lie over, whether those run or are saved. */
final class TemplatesInUse {

    private TemplatesInUse() {}

    /** Looks anew each time it is asked. */
    static Predicate<Template> of(DataDirectory data) {
        return template -> {
            try {
                return Overlays.below(data, template.directory().resolve("..").normalize())
                        .contains(template.name());
            } catch (IOException e) {
                throw new UncheckedIOException("the disks of machines cannot be read: " + e.getMessage(), e);
            }
        };
    }
}

package dev.execlaw.microvm.machine;

import java.nio.file.Path;

/** Where a machine's memory comes from when it starts. */
public sealed interface Memory {

    /** Empty, the VMM's own: the guest boots. */
    record Fresh() implements Memory {}

    /**
     * Empty, and it is this file, shared: the guest boots, and what {@link Machine#save} leaves becomes a template.
     * Once saved the machine does not go on, as it would write to the template's memory.
     *
     * @param file does not exist yet; its directory does
     */
    record Recorded(Path file) implements Memory {}

    /** As it was saved: the guest goes on where it was. The saved state is only read, by any number of machines. */
    record Saved(SavedState state) implements Memory {}
}

package dev.execlaw.microvm.template;

import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.SavedState;
import java.nio.file.Path;
import java.time.Instant;

/**
 * A booted image, saved. Immutable.
 *
 * @param key what it was made from
 * @param directory its files: those of {@link SavedState}, the disk, the manifest
 * @param disk as it was when the memory was saved; only read
 * @param createdAt when it was complete
 * @param agentWaits whether an agent was started in it and waits to be released
 */
public record Template(TemplateKey key, Path directory, Disk disk, Instant createdAt, boolean agentWaits) {

    /** What a clone of it starts from. */
    public SavedState state() {
        return new SavedState(directory, null);
    }

    /**
     * Its key's id and the number of its build. Two builds of one key are two templates: what was saved over the one
     * cannot go on over the other.
     */
    public String name() {
        return String.valueOf(directory.getFileName());
    }
}

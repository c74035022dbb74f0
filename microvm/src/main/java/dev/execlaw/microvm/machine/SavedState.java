package dev.execlaw.microvm.machine;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A machine's saved memory and devices, without its disk. Its files are immutable as long as a machine runs on them.
 *
 * @param template directory of the template that the machine was cloned from, with the whole memory and the devices as
 *     they were there
 * @param changes directory with the devices and with what of the memory has changed since; null for the template itself
 */
public record SavedState(Path template, @Nullable Path changes) {

    /** File name of a template's whole memory, as long as the guest's memory. */
    public static final String MEMORY = "memory";

    /** File name of the devices' state, in either directory; its form is the driver's own. */
    public static final String DEVICES = "devices";

    /** File name of changed memory, in {@link #changes}; its form is the driver's own. */
    public static final String PAGES = "pages";

    /** The whole memory of the template. */
    public Path memory() {
        return template.resolve(MEMORY);
    }

    /** The devices' state to go on from. */
    public Path devices() {
        return (changes == null ? template : changes).resolve(DEVICES);
    }
}

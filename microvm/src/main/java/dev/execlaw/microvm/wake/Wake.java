package dev.execlaw.microvm.wake;

import dev.execlaw.microvm.image.GuestFile;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a guest is told once its vCPUs run again. The time of the day and fresh entropy are always told with it.
 *
 * @param identity who it is from now on; null to stay who it was
 * @param files written to memory (tmpfs) and linked to from their paths, so that no disk has them
 * @param release whether what waits in the guest for its identity (an agent that was started in a template) goes on now
 */
public record Wake(@Nullable Identity identity, List<GuestFile> files, boolean release) {

    /**
     * Path in the guest of the FIFO where an agent waits for the release: it opens it for reading, which returns once the
     * release has come, and never waits again after that.
     */
    public static final String GATE = "/run/execlaw/go";

    /** It stays who it was: time and entropy alone. */
    public static final Wake UP = new Wake(null, List.of(), false);

    public Wake {
        files = List.copyOf(files);
    }
}

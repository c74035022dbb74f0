package dev.execlaw.microvm.qemu;

import dev.execlaw.microvm.linux.Fifo;
import dev.execlaw.microvm.process.Account;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The guest's wake-up port on the host: two FIFOs, one for each way. They hold no connection that the guest could see come
 * and go: in a template it waits for bytes, and so it does in each clone. QEMU names them by one path.
 *
 * @param directory the machine's
 */
record WakeFiles(Path directory) {

    private static final String NAME = "wake";

    /** What QEMU opens, seen from the machine's directory. */
    static String name() {
        return NAME;
    }

    Path toGuest() {
        return directory.resolve(NAME + ".in");
    }

    Path fromGuest() {
        return directory.resolve(NAME + ".out");
    }

    /** Makes new ones: what was not read of the old ones is not meant for the next machine. */
    void prepare(@Nullable Account account) throws IOException {
        remove();
        for (Path fifo : new Path[] {toGuest(), fromGuest()}) {
            Fifo.create(fifo);
            if (account != null) {
                Files.setAttribute(fifo, "unix:gid", account.gid(), LinkOption.NOFOLLOW_LINKS);
                Files.setAttribute(fifo, "unix:uid", account.uid(), LinkOption.NOFOLLOW_LINKS);
            }
        }
    }

    void remove() throws IOException {
        Files.deleteIfExists(toGuest());
        Files.deleteIfExists(fromGuest());
    }
}

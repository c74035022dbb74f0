package dev.execlaw.microvm.linux;

import java.io.IOException;
import java.nio.file.Path;

/** Named pipes. */
public final class Fifo {

    private Fifo() {}

    /** Makes a named pipe, 0600, that must not exist yet. */
    public static void create(Path path) throws IOException {
        Errno.check(Libc.mkfifo(path.toString(), 0600), "mkfifo " + path);
    }
}

package dev.execlaw.microvm.linux;

import java.io.IOException;
import java.util.Map;

/** A Linux call failed: which, on what, with which errno. */
public final class Errno extends IOException {

    private static final long serialVersionUID = 1L;

    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int ESRCH = 3;
    static final int EINTR = 4;
    static final int ENXIO = 6;
    static final int EAGAIN = 11;
    static final int EBUSY = 16;
    static final int EEXIST = 17;
    static final int EXDEV = 18;
    static final int EINVAL = 22;
    static final int ENOTTY = 25;
    static final int EOPNOTSUPP = 95;

    private static final Map<Integer, String> NAMES = Map.ofEntries(
            Map.entry(EPERM, "EPERM"),
            Map.entry(ENOENT, "ENOENT"),
            Map.entry(ESRCH, "ESRCH"),
            Map.entry(EINTR, "EINTR"),
            Map.entry(5, "EIO"),
            Map.entry(ENXIO, "ENXIO"),
            Map.entry(9, "EBADF"),
            Map.entry(EAGAIN, "EAGAIN"),
            Map.entry(12, "ENOMEM"),
            Map.entry(13, "EACCES"),
            Map.entry(EBUSY, "EBUSY"),
            Map.entry(EEXIST, "EEXIST"),
            Map.entry(19, "ENODEV"),
            Map.entry(EXDEV, "EXDEV"),
            Map.entry(20, "ENOTDIR"),
            Map.entry(EINVAL, "EINVAL"),
            Map.entry(23, "ENFILE"),
            Map.entry(24, "EMFILE: too many open files, raise the limit (ulimit -n)"),
            Map.entry(ENOTTY, "ENOTTY"),
            Map.entry(28, "ENOSPC: the disk, or the number of inotify watches, is used up"),
            Map.entry(38, "ENOSYS"),
            Map.entry(EOPNOTSUPP, "EOPNOTSUPP"));

    private final int code;

    private Errno(String what, int code) {
        super(what + ": " + NAMES.getOrDefault(code, "errno " + code));
        this.code = code;
    }

    /** The number. */
    public int code() {
        return code;
    }

    /** Gives back a result, or throws what a negative one says. */
    static long check(long result, String what) throws Errno {
        if (result < 0) {
            throw new Errno(what, (int) -result);
        }
        return result;
    }
}

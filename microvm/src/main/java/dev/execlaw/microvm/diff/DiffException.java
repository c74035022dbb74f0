package dev.execlaw.microvm.diff;

import java.io.IOException;

/** Two disks could not be compared: one of them is no ext4, is damaged, or is not to be read. */
public final class DiffException extends IOException {

    private static final long serialVersionUID = 1L;

    public DiffException(String message) {
        super(message);
    }

    public DiffException(String message, Throwable cause) {
        super(message, cause);
    }
}

package dev.execlaw.microvm.process;

/**
 * How a command ended.
 *
 * @param status exit status as the shell tells it (128 + signal number when a signal ended it)
 * @param stdout what it wrote, decoded as UTF-8; empty where the output went to a file
 * @param stderr the last 64 KiB of what it wrote there
 */
public record CommandResult(int status, String stdout, String stderr) {

    /** Whether the status is 0. */
    public boolean succeeded() {
        return status == 0;
    }
}

package dev.execlaw.microvm.firecracker;

import java.util.Map;

/**
 * What Firecracker's exit codes mean (FcExitCode in its src/vmm/src/lib.rs). From 148 to 157 they overlap what a shell
 * makes of signals and are not meant so.
 */
final class ExitCode {

    private static final Map<Integer, String> MEANINGS = Map.ofEntries(
            Map.entry(0, "the guest ended"),
            Map.entry(1, "an error, see its log"),
            Map.entry(2, "an error that it did not expect, see its log"),
            Map.entry(148, "it made a system call that its filter forbids"),
            Map.entry(149, "SIGBUS: memory or a file that it maps was taken away"),
            Map.entry(150, "SIGSEGV: a fault of its own"),
            Map.entry(151, "SIGXFSZ: a file grew above its limit"),
            Map.entry(152, "its configuration file is not valid"),
            Map.entry(153, "its arguments are not valid"),
            Map.entry(154, "SIGXCPU: its processor time is used up"),
            Map.entry(155, "SIGPIPE"),
            Map.entry(156, "SIGHUP"),
            Map.entry(157, "SIGILL: this processor lacks an instruction"),
            Map.entry(137, "it was killed (SIGKILL), perhaps for want of memory"),
            Map.entry(143, "it was ended (SIGTERM)"),
            Map.entry(130, "it was interrupted (SIGINT)"));

    private ExitCode() {}

    /** In words, e.g. {@code status 153: its arguments are not valid}. */
    static String describe(int status) {
        String meaning = MEANINGS.get(status);
        return "status " + status + (meaning == null ? "" : ": " + meaning);
    }
}

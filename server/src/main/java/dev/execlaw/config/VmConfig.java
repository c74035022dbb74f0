package dev.execlaw.config;

/** Section {@code [vm]}: how machines are run. */
public record VmConfig(
        @Setting(meaning = "Program that runs the machines: auto or qemu.", byDefault = "auto")
        Driver driver,

        @Setting(
                meaning = "Seconds a machine may take from its start to a running agent before the start has failed.",
                byDefault = "120")
        int bootTimeoutS,

        @Setting(
                meaning =
                        "Seconds the guest that tries KVM out may take; more on a host that is itself a slow machine.",
                byDefault = "4")
        int probeTimeoutS,

        @Setting(
                meaning = "MiB of console output kept on disk for each session; what is older is given back.",
                byDefault = "64")
        int consoleKeepMib) {

    public VmConfig {
        Check.range("vm.boot_timeout_s", bootTimeoutS, 5, 3_600);
        Check.range("vm.probe_timeout_s", probeTimeoutS, 1, 600);
        Check.range("vm.console_keep_mib", consoleKeepMib, 1, 65_536);
    }

    /** Which driver is asked for. */
    public enum Driver {
        AUTO,
        QEMU
    }
}

package dev.execlaw.config;

/** Section {@code [vm]}: how machines are run. */
public record VmConfig(
        @Setting(
                meaning =
                        "Program that runs the machines: firecracker, qemu, or auto: firecracker where it is there and KVM"
                                + " works, else qemu.",
                byDefault = "auto")
        Driver driver,

        @Setting(
                meaning =
                        "User number of the first machine's VMM, the next for the next machine and so on, 16384 in all;"
                                + " 0 runs VMMs as the daemon's own user. Without root it is always that.",
                byDefault = "1879048192")
        int firstUid,

        @Setting(meaning = "MiB a second a machine may send, and receive. 0: no limit.", byDefault = "0")
        int networkMibPerS,

        @Setting(meaning = "MiB a second a machine may read and write on its disk. 0: no limit.", byDefault = "0")
        int diskMibPerS,

        @Setting(meaning = "Reads and writes a second of a machine on its disk. 0: no limit.", byDefault = "0")
        int diskOpsPerS,

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
                meaning =
                        "Whether images are booted once and saved, in the background, and new sessions cloned from that.",
                byDefault = "true")
        boolean templates,

        @Setting(
                meaning =
                        "Machines that are kept ready for new sessions like the last ones, each with a clone's memory,"
                                + " where machines have TAP devices and templates. 0: none.",
                byDefault = "2")
        int pool,

        @Setting(
                meaning = "MiB of console output kept on disk for each session; what is older is given back.",
                byDefault = "64")
        int consoleKeepMib,

        @Setting(
                meaning =
                        "MiB of memory that a machine which starts from a template or a saved state counts with at least,"
                                + " until it is measured.",
                byDefault = "64")
        int expectedMib) {

    private static final int MACHINES = 16_384;

    public VmConfig {
        Check.that(
                firstUid == 0 || (firstUid >= 1_000 && firstUid <= Integer.MAX_VALUE - MACHINES),
                "vm.first_uid",
                firstUid,
                "0, or 1000 to " + (Integer.MAX_VALUE - MACHINES));
        Check.range("vm.network_mib_per_s", networkMibPerS, 0, 1_000_000);
        Check.range("vm.disk_mib_per_s", diskMibPerS, 0, 1_000_000);
        Check.range("vm.disk_ops_per_s", diskOpsPerS, 0, 100_000_000);
        Check.range("vm.boot_timeout_s", bootTimeoutS, 5, 3_600);
        Check.range("vm.probe_timeout_s", probeTimeoutS, 1, 600);
        Check.range("vm.pool", pool, 0, 64);
        Check.range("vm.console_keep_mib", consoleKeepMib, 1, 65_536);
        Check.range("vm.expected_mib", expectedMib, 1, 16_384);
    }

    /** Which driver is asked for. */
    public enum Driver {
        AUTO,
        FIRECRACKER,
        QEMU
    }
}

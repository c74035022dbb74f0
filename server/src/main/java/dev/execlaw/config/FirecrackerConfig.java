package dev.execlaw.config;

/** Section {@code [firecracker]}: the VMM used where KVM works. */
public record FirecrackerConfig(
        @Setting(
                meaning =
                        "The firecracker program: a path, or a name looked up in PATH and in the data directory, where"
                                + " `execlaw setup firecracker` puts it.",
                byDefault = "firecracker")
        String binary,

        @Setting(
                meaning = "The jailer program, looked up in the same way; none runs machines without a jail, for"
                        + " development.",
                byDefault = "jailer")
        String jailer,

        @Setting(
                meaning = "Directory of the jails; on the file system of the data directory. Empty: jails in it.",
                byDefault = "")
        String jailBase) {

    /** Value of {@link #jailer} that means no jail. */
    public static final String NO_JAILER = "none";

    public FirecrackerConfig {
        Check.that(!binary.isBlank(), "firecracker.binary", binary, "a path or a name");
        Check.that(!jailer.isBlank(), "firecracker.jailer", jailer, "a path, a name, or none");
        Check.that(
                jailBase.isEmpty() || jailBase.startsWith("/"), "firecracker.jail_base", jailBase, "an absolute path");
    }
}

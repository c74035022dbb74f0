package dev.execlaw.microvm.image.source;

import java.util.Locale;

/** A processor architecture that machines can have, under the name that {@code uname -m} and the sources use. */
public enum Architecture {
    X86_64("x86_64", 62),
    AARCH64("aarch64", 183);

    private final String label;
    private final int elfMachine;

    Architecture(String label, int elfMachine) {
        this.label = label;
        this.elfMachine = elfMachine;
    }

    /** The architecture this program runs on. */
    public static Architecture host() {
        return of(System.getProperty("os.arch"));
    }

    /** The architecture of a name as Java, Debian or {@code uname -m} give it. */
    public static Architecture of(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "x86_64", "amd64" -> X86_64;
            case "aarch64", "arm64" -> AARCH64;
            default ->
                throw new IllegalArgumentException(
                        "architecture \"" + name + "\" is not supported, it can be x86_64 or aarch64");
        };
    }

    /** {@code x86_64} or {@code aarch64}. */
    public String label() {
        return label;
    }

    /** The number in the {@code e_machine} field of an ELF header, see elf(5). */
    public int elfMachine() {
        return elfMachine;
    }

    @Override
    public String toString() {
        return label;
    }
}

package dev.execlaw.microvm.image.source;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The files that come from outside, as the lock file calls them, and what each must look like inside. */
public enum AssetName {
    KERNEL("kernel", FileKind.KERNEL),
    ROOTFS("rootfs", FileKind.SQUASHFS),
    NULLCLAW("nullclaw", FileKind.ELF),
    FIRECRACKER("firecracker", FileKind.GZIP);

    private final String label;
    private final FileKind kind;

    AssetName(String label, FileKind kind) {
        this.label = label;
        this.kind = kind;
    }

    /** The asset of a name. */
    public static AssetName of(String label) {
        for (AssetName name : values()) {
            if (name.label.equals(label)) {
                return name;
            }
        }
        throw new IllegalArgumentException("source \"" + label + "\" is unknown, it can be "
                + Arrays.stream(values()).map(AssetName::label).collect(Collectors.joining(", ")));
    }

    /** The name in the lock file. */
    public String label() {
        return label;
    }

    FileKind kind() {
        return kind;
    }

    /** Whether it comes from the bucket of Firecracker's CI. */
    boolean fromBucket() {
        return this == KERNEL || this == ROOTFS;
    }

    @Override
    public String toString() {
        return label;
    }
}

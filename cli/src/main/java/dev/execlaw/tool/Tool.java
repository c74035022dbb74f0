package dev.execlaw.tool;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * A program of the host and the Debian package that brings it.
 *
 * @param program its name, looked up in PATH and the system's own directories
 */
public record Tool(String program, String debianPackage) {

    private static final List<String> SYSTEM_DIRECTORIES = List.of(
            "/usr/local/sbin",
            "/usr/sbin",
            "/sbin",
            "/usr/local/bin",
            "/usr/bin",
            "/bin",
            "/usr/libexec",
            "/usr/lib/qemu");

    /** What running machines takes. */
    public static final List<Tool> FOR_SESSIONS = List.of(
            new Tool("qemu-system-x86_64", "qemu-system-x86"),
            new Tool("qemu-img", "qemu-utils"),
            new Tool("qemu-io", "qemu-utils"),
            new Tool("socat", "socat"),
            new Tool("setsid", "util-linux"),
            new Tool("debugfs", "e2fsprogs"));

    /** What networks of their own for machines take, which only root can make. */
    public static final List<Tool> FOR_NETWORKS =
            List.of(new Tool("ip", "iproute2"), new Tool("nft", "nftables"), new Tool("setpriv", "util-linux"));

    /** What a file system of the data directory's own takes. */
    public static final List<Tool> FOR_STORAGE = List.of(
            new Tool("mkfs.xfs", "xfsprogs"),
            new Tool("mount", "mount"),
            new Tool("du", "coreutils"),
            new Tool("cp", "coreutils"));

    /** What a start takes: sessions, and the {@code debian} image, which it builds where it is missing. */
    public static final List<Tool> FOR_MACHINES = with(
            FOR_SESSIONS,
            new Tool("mkfs.ext4", "e2fsprogs"),
            new Tool("e2fsck", "e2fsprogs"),
            new Tool("e2image", "e2fsprogs"),
            new Tool("mmdebstrap", "mmdebstrap"));

    /** What building images takes, whatever they are made from. */
    public static final List<Tool> FOR_IMAGES = with(
            FOR_MACHINES,
            new Tool("prlimit", "util-linux"),
            new Tool("unsquashfs", "squashfs-tools"),
            new Tool("zstd", "zstd"));

    /** What the tests take beyond that: a browser, network namespaces, Python for the agent and doubles, guests that share files. */
    public static final List<Tool> FOR_TESTS = List.of(
            new Tool("chromium", "chromium"),
            new Tool("busybox", "busybox-static"),
            new Tool("cpio", "cpio"),
            new Tool("ip", "iproute2"),
            new Tool("unshare", "util-linux"),
            new Tool("python3", "python3"),
            new Tool("mksquashfs", "squashfs-tools"),
            new Tool("mkfs.xfs", "xfsprogs"),
            new Tool("nft", "nftables"),
            new Tool("shellcheck", "shellcheck"),
            // Debian 12 has it in qemu-system-common, which comes with QEMU itself.
            new Tool("virtiofsd", "virtiofsd"));

    /** The packages of those tools that are not in {@code path} (as PATH) nor where the system keeps its own. */
    static List<String> missingPackages(List<Tool> tools, String path, List<String> systemDirectories) {
        List<String> directories = new ArrayList<>(systemDirectories);
        directories.addAll(Arrays.asList(path.split(File.pathSeparator)));
        return tools.stream()
                .filter(tool -> directories.stream()
                        .noneMatch(directory -> Files.isExecutable(Path.of(directory, tool.program()))))
                .map(Tool::debianPackage)
                .distinct()
                .toList();
    }

    /** The packages of those tools that this host lacks. */
    public static List<String> missingPackages(List<Tool> tools) {
        return missingPackages(tools, System.getenv().getOrDefault("PATH", ""), SYSTEM_DIRECTORIES);
    }

    private static List<Tool> with(List<Tool> tools, Tool... more) {
        return Stream.concat(tools.stream(), Stream.of(more)).toList();
    }
}

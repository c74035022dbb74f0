package dev.execlaw.cli;

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
record Tool(String program, String debianPackage) {

    private static final List<String> SYSTEM_DIRECTORIES = List.of(
            "/usr/local/sbin",
            "/usr/sbin",
            "/sbin",
            "/usr/local/bin",
            "/usr/bin",
            "/bin",
            "/usr/libexec",
            "/usr/lib/qemu");

    /** What running machines and building images takes. */
    static final List<Tool> FOR_MACHINES = List.of(
            new Tool("qemu-system-x86_64", "qemu-system-x86"),
            new Tool("qemu-img", "qemu-utils"),
            new Tool("qemu-io", "qemu-utils"),
            new Tool("socat", "socat"),
            new Tool("mkfs.ext4", "e2fsprogs"),
            new Tool("e2fsck", "e2fsprogs"),
            new Tool("debugfs", "e2fsprogs"),
            new Tool("e2image", "e2fsprogs"),
            new Tool("mmdebstrap", "mmdebstrap"));

    /** What building images takes beyond that, whatever they are made from. */
    static final List<Tool> FOR_IMAGES = Stream.concat(
                    FOR_MACHINES.stream(),
                    Stream.of(new Tool("unsquashfs", "squashfs-tools"), new Tool("zstd", "zstd")))
            .toList();

    /** What the tests take beyond that: a browser, network namespaces, Python for the agent, guests that share files. */
    static final List<Tool> FOR_TESTS = List.of(
            new Tool("chromium", "chromium"),
            new Tool("busybox", "busybox-static"),
            new Tool("cpio", "cpio"),
            new Tool("ip", "iproute2"),
            new Tool("unshare", "util-linux"),
            new Tool("python3", "python3"),
            new Tool("mksquashfs", "squashfs-tools"),
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

    static List<String> missingPackages(List<Tool> tools) {
        return missingPackages(tools, System.getenv().getOrDefault("PATH", ""), SYSTEM_DIRECTORIES);
    }
}

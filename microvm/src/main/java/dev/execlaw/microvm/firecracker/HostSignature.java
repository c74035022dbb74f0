package dev.execlaw.microvm.firecracker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What of a host a saved machine depends on: processor and kernel (docs/snapshotting/versioning.md of Firecracker). */
final class HostSignature {

    /** What tells processor models apart, on x86-64 and aarch64; the rest of the file differs from core to core. */
    private static final Set<String> MODEL = Set.of(
            "vendor_id",
            "cpu family",
            "model",
            "model name",
            "stepping",
            "flags",
            "Features",
            "CPU implementer",
            "CPU architecture",
            "CPU variant",
            "CPU part",
            "CPU revision");

    private HostSignature() {}

    /** In one line. */
    static String read() throws IOException {
        return "processor " + processor(Files.readAllLines(Path.of("/proc/cpuinfo"))) + ", kernel "
                + System.getProperty("os.version");
    }

    /** Name and a hash of all that tells models apart, of the first processor. */
    static String processor(List<String> cpuinfo) {
        List<String> lines = cpuinfo.stream()
                .takeWhile(line -> !line.isBlank())
                .filter(line -> MODEL.contains(line.split(":", 2)[0].strip()))
                .toList();
        String name = lines.stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.split(":", 2)[1].strip())
                .findFirst()
                .orElse("of " + System.getProperty("os.arch"));
        return name + " (" + hash(lines.stream().collect(Collectors.joining("\n"))) + ")";
    }

    private static String hash(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}

package dev.execlaw.microvm.qemu;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a saved machine depends on: QEMU itself, what executes the guest, the host's processor and kernel, and what all
 * command lines have in common. How much memory QEMU may take for translated code plays no part, nor how fast the host's
 * clock was measured to count this time.
 *
 * @param driver name of the driver
 * @param version of QEMU
 * @param binary QEMU's name in PATH, or its path
 * @param accelerator kind of it
 * @param kernelArguments what the driver adds for the guest's kernel
 */
record Signature(String driver, String version, String binary, String accelerator, String kernelArguments) {

    private static final String MEASURED = "\\s*\\btsc_early_khz=\\S*";

    String text() {
        List<String> settings = Stream.of(
                        CommandLine.base(binary).stream().skip(1),
                        CommandLine.accelerator(accelerator, 0).stream().filter(part -> !part.startsWith("tcg,")))
                .flatMap(parts -> parts)
                .toList();
        return String.join(
                "; ",
                driver + " " + version,
                program().orElse(binary),
                accelerator,
                String.join(" ", settings),
                processor(),
                "Linux " + read(Path.of("/proc/sys/kernel/osrelease")).strip(),
                kernelArguments.replaceAll(MEASURED, "").strip());
    }

    /** The program's file: another build may call itself the same version. */
    private Optional<String> program() {
        return Stream.of(binary.startsWith("/") ? "" : System.getenv().getOrDefault("PATH", ""))
                .flatMap(path -> Stream.of(path.split(File.pathSeparator, -1)))
                .map(directory -> Path.of(directory).resolve(binary))
                .filter(Files::isExecutable)
                .findFirst()
                .map(Signature::identity);
    }

    private static String identity(Path program) {
        try {
            return program.toRealPath() + " of " + Files.size(program) + " bytes, "
                    + Files.getLastModifiedTime(program).toInstant();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Model and abilities of the first processor. */
    private static String processor() {
        StringBuilder text = new StringBuilder();
        for (String line : read(Path.of("/proc/cpuinfo")).split("\n", -1)) {
            if (line.isEmpty()) {
                break;
            }
            String key = line.substring(0, Math.max(0, line.indexOf(':'))).strip();
            if (key.equals("model name")) {
                text.append(line.substring(line.indexOf(':') + 1).strip());
            } else if (key.equals("flags")) {
                text.append(' ').append(Integer.toHexString(line.hashCode()));
            }
        }
        return text.toString();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.execlaw.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What is mounted, as this process sees it (proc_pid_mountinfo(5)). */
final class Mounts {

    private static final Path TABLE = Path.of("/proc/self/mountinfo");
    private static final int PLACE = 4;
    private static final int DEVICE_AFTER_DASH = 2;

    private Mounts() {}

    /** Whether a file system is mounted at this very place. */
    static boolean isMountPoint(Path place) throws IOException {
        return deviceAt(place).isPresent();
    }

    /** The file that is mounted there by a loop device; empty where something else is, or nothing. */
    static Optional<Path> imageAt(Path place) throws IOException {
        Optional<Path> device = deviceAt(place);
        if (device.isEmpty()) {
            return Optional.empty();
        }
        Path backing = Path.of("/sys/block", device.get().getFileName().toString(), "loop/backing_file");
        return Files.exists(backing)
                ? Optional.of(Path.of(Files.readString(backing).strip()))
                : Optional.empty();
    }

    /** The last line about a place is the one that is seen. */
    private static Optional<Path> deviceAt(Path place) throws IOException {
        Optional<Path> found = Optional.empty();
        for (String line : Files.readAllLines(TABLE)) {
            List<String> fields = List.of(line.split(" ", -1));
            if (unescaped(fields.get(PLACE)).equals(place.toString())) {
                found = Optional.of(Path.of(unescaped(fields.get(fields.indexOf("-") + DEVICE_AFTER_DASH))));
            }
        }
        return found;
    }

    private static String unescaped(String field) {
        return field.replace("\\040", " ")
                .replace("\\011", "\t")
                .replace("\\012", "\n")
                .replace("\\134", "\\");
    }
}

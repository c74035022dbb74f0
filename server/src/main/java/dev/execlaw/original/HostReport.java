package dev.execlaw.original;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The host's memory and load for a page's gauge: /proc/meminfo and /proc/loadavg (proc(5)), in units of 1,024 KiB.
 *
 * @param percentUsed of the memory, with one decimal; what the kernel could free counts as not used
 * @param load1 as /proc/loadavg has it
 */
public record HostReport(
        long totalMB,
        long usedMB,
        long availableMB,
        long freeMB,
        long buffersCacheMB,
        double percentUsed,
        String load1,
        String load5,
        String load15,
        int sessions,
        int maxSessions) {

    /**
     * The host as it is now.
     *
     * @param proc where procfs is mounted
     */
    static HostReport of(Path proc, int sessions, int maxSessions) {
        try {
            Map<String, Long> memory = memory(Files.readAllLines(proc.resolve("meminfo")));
            List<String> load =
                    List.of(Files.readString(proc.resolve("loadavg")).split(" ", -1));
            long total = kib(memory, "MemTotal");
            long used = Math.max(0, total - kib(memory, "MemAvailable"));
            return new HostReport(
                    total >> 10,
                    used >> 10,
                    kib(memory, "MemAvailable") >> 10,
                    kib(memory, "MemFree") >> 10,
                    (kib(memory, "Buffers") + kib(memory, "Cached") + kib(memory, "SReclaimable")) >> 10,
                    total == 0 ? 0 : Math.round(used * 1000.0 / total) / 10.0,
                    load.get(0),
                    load.get(1),
                    load.get(2),
                    sessions,
                    maxSessions);
        } catch (IOException e) {
            throw new UncheckedIOException("the host's memory and load cannot be read: " + e.getMessage(), e);
        }
    }

    private static Map<String, Long> memory(List<String> lines) {
        Map<String, Long> values = new HashMap<>();
        for (String line : lines) {
            int colon = line.indexOf(':');
            String digits = line.substring(colon + 1).replaceAll("\\D", "");
            if (colon > 0 && !digits.isEmpty()) {
                values.put(line.substring(0, colon), Long.parseLong(digits));
            }
        }
        return values;
    }

    private static long kib(Map<String, Long> memory, String name) {
        return memory.getOrDefault(name, 0L);
    }
}

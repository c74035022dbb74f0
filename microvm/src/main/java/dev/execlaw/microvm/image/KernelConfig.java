package dev.execlaw.microvm.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * How a kernel was configured, from a {@code .config} beside it, or from the copy that a kernel built with
 * {@code CONFIG_IKCONFIG} carries within (scripts/extract-ikconfig).
 *
 * @param values {@code y}, {@code m} or a value, by name without {@code CONFIG_}
 */
record KernelConfig(Map<String, String> values) {

    private static final byte[] START = "IKCFG_ST".getBytes(StandardCharsets.US_ASCII);
    private static final int LONGEST = 4 << 20;

    /** What a machine's kernel needs to reach its disk, network card and console. */
    private static final List<String> NEEDED =
            List.of("VIRTIO_MMIO", "VIRTIO_BLK", "VIRTIO_NET", "EXT4_FS", "SERIAL_8250_CONSOLE", "DEVTMPFS");

    /** What must be in the kernel itself if no initramfs loads it or does its work. */
    private static final List<String> ALONE = List.of("IP_PNP");

    KernelConfig {
        values = Map.copyOf(values);
    }

    /** The configuration, empty where there is none to read. */
    static Optional<KernelConfig> of(Path kernel, Path config) throws IOException {
        if (Files.isRegularFile(config)) {
            return Optional.of(parse(Files.readString(config, StandardCharsets.ISO_8859_1)));
        }
        byte[] all = Files.readAllBytes(kernel);
        int at = find(all);
        if (at < 0) {
            return Optional.empty();
        }
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(all, at, all.length - at))) {
            return Optional.of(parse(new String(in.readNBytes(LONGEST), StandardCharsets.ISO_8859_1)));
        } catch (IOException e) {
            throw new ImageException("the configuration within " + kernel + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Options that are needed and not there. */
    List<String> missing(boolean modulesWillDo) {
        Stream<String> needed = modulesWillDo ? NEEDED.stream() : Stream.concat(NEEDED.stream(), ALONE.stream());
        return needed.filter(name -> !has(name, modulesWillDo))
                .map(name -> "CONFIG_" + name)
                .toList();
    }

    private boolean has(String name, boolean moduleWillDo) {
        String value = values.getOrDefault(name, "n");
        return value.equals("y") || (moduleWillDo && value.equals("m"));
    }

    private static KernelConfig parse(String text) {
        Map<String, String> values = new HashMap<>();
        text.lines().filter(line -> line.startsWith("CONFIG_")).forEach(line -> {
            int equals = line.indexOf('=');
            if (equals > 0) {
                values.put(
                        line.substring("CONFIG_".length(), equals),
                        line.substring(equals + 1).strip());
            }
        });
        return new KernelConfig(values);
    }

    /** Where the compressed copy begins, after its mark; -1 where there is none. */
    private static int find(byte[] all) {
        for (int i = 0; i + START.length < all.length; i++) {
            if (all[i] == 'I'
                    && Arrays.equals(all, i, i + START.length, START, 0, START.length)
                    && all[i + START.length] == 0x1f) {
                return i + START.length;
            }
        }
        return -1;
    }
}

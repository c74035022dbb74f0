package dev.execlaw.cli;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The unit of systemd that mounts a file in a place at every boot (systemd.mount(5)).
 *
 * @param image the file
 * @param place an absolute path
 */
record MountUnit(Path image, Path place) {

    /** Its file name: systemd demands that it is the place, escaped (systemd-escape(1), {@code --path}). */
    String name() {
        StringBuilder name = new StringBuilder();
        for (byte b : place.toString().substring(1).getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            boolean plain = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == ':'
                    || c == '_'
                    || (c == '.' && !name.isEmpty());
            name.append(c == '/' ? "-" : plain ? String.valueOf(c) : "\\x%02x".formatted((int) c));
        }
        return name + ".mount";
    }

    /** Freed blocks go back to the host: {@code discard}. */
    static String options() {
        return "loop,discard,nosuid";
    }

    String text() {
        return """
                [Unit]
                Description=Data directory of ExeClaw
                RequiresMountsFor=%s

                [Mount]
                What=%s
                Where=%s
                Type=xfs
                Options=%s

                [Install]
                WantedBy=local-fs.target
                """.formatted(percent(image.resolve("..").normalize()), percent(image), percent(place), options());
    }

    /** Specifiers begin with a percent sign. */
    private static String percent(Path path) {
        return path.toString().replace("%", "%%");
    }
}

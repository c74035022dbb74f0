package dev.execlaw.microvm.image.recipe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Where packages of a Debian release come from, as one-line entries of sources.list(5).
 *
 * @param lines empty where the public default of the release is to be used
 */
record AptSources(List<String> lines) {

    AptSources {
        lines = List.copyOf(lines);
    }

    /** The host's own sources of that release, so that its mirrors and caches serve the guest too. */
    static AptSources ofHost(String release) throws IOException {
        Path apt = Path.of("/etc/apt");
        List<Path> files = new ArrayList<>(List.of(apt.resolve("sources.list")));
        if (Files.isDirectory(apt.resolve("sources.list.d"))) {
            try (Stream<Path> more = Files.list(apt.resolve("sources.list.d"))) {
                more.sorted().forEach(files::add);
            }
        }
        StringBuilder lists = new StringBuilder();
        StringBuilder stanzas = new StringBuilder();
        for (Path file : files) {
            if (!Files.isReadable(file)) {
                continue;
            }
            String name = file.getFileName().toString();
            if (name.endsWith(".list")) {
                lists.append(Files.readString(file)).append('\n');
            } else if (name.endsWith(".sources")) {
                stanzas.append(Files.readString(file)).append("\n\n");
            }
        }
        return of(release, lists.toString(), stanzas.toString());
    }

    /** Picks the release's entries out of one-line lists and deb822 stanzas; only Debian's own key vouches for them. */
    static AptSources of(String release, String lists, String stanzas) {
        Set<String> found = new LinkedHashSet<>();
        lists.lines()
                .map(String::strip)
                .filter(line -> line.startsWith("deb "))
                .forEach(line -> oneLine(release, line, found));
        for (String stanza : stanzas.split("\\n\\s*\\n", -1)) {
            Map<String, String> fields = fields(stanza);
            boolean wanted =
                    List.of(fields.getOrDefault("types", "").split("\\s+", -1)).contains("deb")
                            && !fields.getOrDefault("enabled", "yes").equals("no")
                            && isDebians(fields.getOrDefault("signed-by", ""));
            if (wanted) {
                for (String uri : fields.getOrDefault("uris", "").split("\\s+", -1)) {
                    for (String suite : fields.getOrDefault("suites", "").split("\\s+", -1)) {
                        add(release, uri, suite, fields.getOrDefault("components", ""), found);
                    }
                }
            }
        }
        boolean complete = found.stream().anyMatch(line -> line.split(" ", -1)[2].equals(release));
        return new AptSources(complete ? List.copyOf(found) : List.of());
    }

    private static void oneLine(String release, String line, Set<String> found) {
        String rest = line.substring(4).strip();
        if (rest.startsWith("[")) {
            int end = rest.indexOf(']');
            String options = rest.substring(1, Math.max(1, end));
            if (end < 0 || (options.contains("signed-by=") && !isDebians(options))) {
                return;
            }
            rest = rest.substring(end + 1).strip();
        }
        String[] words = rest.split("\\s+", 3);
        if (words.length == 3) {
            add(release, words[0], words[1], words[2], found);
        }
    }

    private static void add(String release, String uri, String suite, String components, Set<String> found) {
        boolean ours =
                Set.of(release, release + "-updates", release + "-security").contains(suite);
        if (ours && List.of(components.split("\\s+", -1)).contains("main") && uri.contains("://")) {
            found.add("deb " + uri + " " + suite + " main");
        }
    }

    private static boolean isDebians(String signedBy) {
        return signedBy.isBlank() || signedBy.contains("debian-archive-keyring");
    }

    private static Map<String, String> fields(String stanza) {
        Map<String, String> fields = new TreeMap<>();
        stanza.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0 && !Character.isWhitespace(line.charAt(0))) {
                fields.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        });
        return fields;
    }
}

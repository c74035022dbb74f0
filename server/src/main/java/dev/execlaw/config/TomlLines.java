package dev.execlaw.config;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the line on which a key stands, for messages. The TOML parser gives a tree without places. A key inside an
 * inline table is not found; the message then goes without a line.
 */
final class TomlLines {

    private static final Pattern HEADER = Pattern.compile("\\s*\\[([^\\[\\]]+)]\\s*(#.*)?");
    private static final Pattern ENTRY = Pattern.compile("\\s*([A-Za-z0-9_.\"'\\s-]+?)\\s*=.*");

    private TomlLines() {}

    /** Line of {@code path} (e.g. {@code server.listen}, or {@code server} for a section), from 1. */
    static OptionalInt find(String toml, String path) {
        String section = "";
        int number = 0;
        for (String line : toml.split("\n", -1)) {
            number++;
            Matcher header = HEADER.matcher(line.stripTrailing());
            Matcher entry = ENTRY.matcher(line.stripTrailing());
            String here;
            if (header.matches()) {
                section = plain(header.group(1));
                here = section;
            } else if (entry.matches()) {
                here = section.isEmpty() ? plain(entry.group(1)) : section + "." + plain(entry.group(1));
            } else {
                continue;
            }
            if (here.equals(path) || here.startsWith(path + ".")) {
                return OptionalInt.of(number);
            }
        }
        return OptionalInt.empty();
    }

    private static String plain(String key) {
        return key.replaceAll("[\"'\\s]", "");
    }
}

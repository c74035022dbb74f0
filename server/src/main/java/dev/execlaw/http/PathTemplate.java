package dev.execlaw.http;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A path with named parts, e.g. {@code /sessions/{id}/messages/{mid}}. A part matches one segment of letters, digits,
 * dashes and underscores, at most 64: what an id of ours can be.
 *
 * @param text as written
 */
record PathTemplate(String text) {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    /** The values of the named parts when the path matches. */
    Optional<Map<String, String>> match(String path) {
        List<String> wanted = List.of(text.split("/", -1));
        List<String> given = List.of(path.split("/", -1));
        if (wanted.size() != given.size()) {
            return Optional.empty();
        }
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < wanted.size(); i++) {
            String segment = wanted.get(i);
            if (segment.startsWith("{")) {
                if (!ID.matcher(given.get(i)).matches()) {
                    return Optional.empty();
                }
                values.put(segment.substring(1, segment.length() - 1), given.get(i));
            } else if (!segment.equals(given.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(values);
    }

    /** Names of the parts, in order. */
    List<String> names() {
        return Pattern.compile("\\{(\\w+)}")
                .matcher(text)
                .results()
                .map(result -> result.group(1))
                .toList();
    }
}

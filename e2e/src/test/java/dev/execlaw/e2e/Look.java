package dev.execlaw.e2e;

import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What {@code work.py} saw in a machine.
 *
 * @param files SHA-256 of each file of the tree
 * @param value what is in memory; empty where nothing was put there since the guest booted
 * @param first who counts, and how far, when it began to look; empty where nobody does
 * @param second the same when the counter had gone on; as {@code first} where it stood still
 * @param third the same at the end
 * @param rows of the database
 * @param sound {@code ok}, or what is wrong with the database; empty where there is none
 */
record Look(
        SortedMap<String, String> files,
        String value,
        String first,
        String second,
        String third,
        long rows,
        String sound) {

    static Look parse(String line) {
        JsonNode seen = JsonMapper.shared().readTree(line);
        SortedMap<String, String> files = new TreeMap<>();
        seen.path("files").forEachEntry((name, hash) -> files.put(name, hash.asString()));
        return new Look(
                files,
                seen.path("value").asString(),
                seen.path("first").asString(),
                seen.path("second").asString(),
                seen.path("third").asString(),
                seen.path("rows").asLong(),
                seen.path("sound").asString());
    }
}

package dev.execlaw.microvm.network;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Elements of sets, as nft's statements and as its JSON tells them (libnftables-json(5)). */
final class Elements {

    static final String TABLE = "inet execlaw";

    private Elements() {}

    /** Adds an element; does nothing where it is there. */
    static String add(String set, String element) {
        return "add element " + TABLE + " " + set + " { " + element + " }\n";
    }

    /** Removes an element that is there. */
    static String remove(String set, String element) {
        return "delete element " + TABLE + " " + set + " { " + element + " }\n";
    }

    /** Removes an element whether it is there or not: nft 1.0.6 knows no such statement, but added it surely is there. */
    static String clear(String set, String element) {
        return add(set, element) + remove(set, element);
    }

    /** The elements of a set that was listed as JSON, without what is said of them. */
    static List<String> keys(JsonNode set) {
        List<String> keys = new ArrayList<>();
        for (JsonNode element : set.path("elem")) {
            JsonNode value = element.path("elem").path("val");
            keys.add(value.isMissingNode() ? text(element) : text(value));
        }
        return keys;
    }

    /** An element that was listed as JSON, as a statement has it: with its counter and the time that is left. */
    static String text(JsonNode element) {
        if (element.has("concat")) {
            List<String> parts = new ArrayList<>();
            element.path("concat").forEach(part -> parts.add(text(part)));
            return String.join(" . ", parts);
        }
        if (element.has("prefix")) {
            JsonNode prefix = element.path("prefix");
            return prefix.path("addr").asString() + "/" + prefix.path("len").asInt();
        }
        if (element.has("range")) {
            return text(element.path("range").path(0)) + "-"
                    + text(element.path("range").path(1));
        }
        if (element.has("elem")) {
            return full(element.path("elem"));
        }
        return element.asString();
    }

    private static String full(JsonNode element) {
        StringBuilder text = new StringBuilder(text(element.path("val")));
        if (element.has("expires")) {
            text.append(" timeout ")
                    .append(Math.max(1, element.path("expires").asLong()))
                    .append('s');
        }
        JsonNode counter = element.path("counter");
        if (!counter.isMissingNode()) {
            text.append(" counter packets ")
                    .append(counter.path("packets").asLong())
                    .append(" bytes ")
                    .append(counter.path("bytes").asLong());
        }
        return text.toString();
    }
}

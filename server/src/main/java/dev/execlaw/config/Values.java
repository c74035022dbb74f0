package dev.execlaw.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Values of the configuration between TOML, text (environment, command line, defaults) and Java. */
final class Values {

    private Values() {}

    /** Reads a TOML value as {@code type}. {@code key} is named in the message when it does not fit. */
    static Object fromToml(String key, JsonNode node, Class<?> type) {
        if (type == int.class) {
            Check.that(node.isIntegralNumber() && node.canConvertToInt(), key, node, "a whole number");
            return node.intValue();
        }
        if (type == boolean.class) {
            Check.that(node.isBoolean(), key, node, "true or false");
            return node.booleanValue();
        }
        if (type == List.class) {
            Check.that(node.isArray(), key, node, "a list of strings, e.g. [\"a\", \"b\"]");
            List<String> elements = new ArrayList<>();
            for (JsonNode element : node) {
                Check.that(element.isString(), key, node, "a list of strings, e.g. [\"a\", \"b\"]");
                elements.add(element.stringValue());
            }
            return elements;
        }
        Check.that(node.isString(), key, node, "a string in quotes");
        return fromText(key, node.stringValue(), type);
    }

    /** Reads plain text as {@code type}; the elements of a list are separated by commas. */
    static Object fromText(String key, String text, Class<?> type) {
        if (type == int.class) {
            try {
                return Integer.parseInt(text.strip());
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(key + " is \"" + text + "\"; it must be a whole number", e);
            }
        }
        if (type == boolean.class) {
            Check.that(text.equals("true") || text.equals("false"), key, text, "true or false");
            return text.equals("true");
        }
        if (type == List.class) {
            return text.isBlank()
                    ? List.of()
                    : Arrays.stream(text.split(",")).map(String::strip).toList();
        }
        if (type == ListenAddress.class) {
            return ListenAddress.parse(text);
        }
        if (type.isEnum()) {
            for (Object constant : type.getEnumConstants()) {
                if (lowerCase(constant).equals(text)) {
                    return constant;
                }
            }
            throw new IllegalArgumentException(key + " is \"" + text + "\"; allowed are "
                    + String.join(
                            ", ",
                            Arrays.stream(type.getEnumConstants())
                                    .map(Values::lowerCase)
                                    .toList()));
        }
        return text;
    }

    /** Writes a value as TOML. */
    static String toToml(Object value) {
        if (value instanceof List<?> list) {
            return "[" + String.join(", ", list.stream().map(Values::toToml).toList()) + "]";
        }
        if (value instanceof Integer || value instanceof Boolean) {
            return value.toString();
        }
        return quote(value instanceof Enum<?> ? lowerCase(value) : value.toString());
    }

    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ' || c == 0x7F) {
                quoted.append(String.format("\\u%04X", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    private static String lowerCase(Object constant) {
        return constant.toString().toLowerCase(Locale.ROOT);
    }
}

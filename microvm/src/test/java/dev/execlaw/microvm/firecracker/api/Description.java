package dev.execlaw.microvm.firecracker.api;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;

/** Firecracker's published description of its API (OpenAPI 2.0), as far as it is needed to judge requests by it. */
final class Description {

    private final Map<?, ?> root;

    private Description(Map<?, ?> root) {
        this.root = root;
    }

    static Description read(Path file) throws IOException {
        try (Reader in = Files.newBufferedReader(file)) {
            return new Description(new Yaml(new SafeConstructor(new LoaderOptions())).load(in));
        }
    }

    /** Every operation, as {@code PUT /drives/{drive_id}}. */
    Set<String> operations() {
        Set<String> operations = new TreeSet<>();
        map(root, "paths")
                .forEach((path, methods) -> ((Map<?, ?>) methods)
                        .keySet()
                        .forEach(method -> operations.add(method.toString().toUpperCase(Locale.ROOT) + " " + path)));
        return operations;
    }

    /** The operation that a method and path are one of; empty when there is none. */
    String operation(String method, String path) {
        return operations().stream()
                .filter(operation -> operation.startsWith(method + " "))
                .filter(operation ->
                        path.matches(operation.substring(method.length() + 1).replaceAll("\\{[a-z_]+}", "[^/]+")))
                .findFirst()
                .orElse("");
    }

    /** Schema of an operation's body, empty when it takes none. */
    Map<?, ?> body(String operation) {
        for (Object parameter : parameters(operation)) {
            Map<?, ?> fields = (Map<?, ?>) parameter;
            if ("body".equals(fields.get("in"))) {
                return map(fields, "schema");
            }
        }
        return Map.of();
    }

    /** Names of the fields of an operation's body. */
    Set<String> fieldsOf(String operation) {
        Map<?, ?> schema = body(operation);
        if (schema.get("$ref") instanceof String reference) {
            schema = definition(reference);
        }
        Set<String> names = new TreeSet<>();
        map(schema, "properties").keySet().forEach(name -> names.add(name.toString()));
        return names;
    }

    boolean bodyRequired(String operation) {
        return parameters(operation).stream()
                .map(parameter -> (Map<?, ?>) parameter)
                .anyMatch(fields -> "body".equals(fields.get("in")) && Boolean.TRUE.equals(fields.get("required")));
    }

    private Collection<?> parameters(String operation) {
        String[] parts = operation.split(" ", 2);
        Map<?, ?> method = map(map(map(root, "paths"), parts[1]), parts[0].toLowerCase(Locale.ROOT));
        return method.get("parameters") instanceof Collection<?> parameters ? parameters : List.of();
    }

    /** What is wrong with a value, nothing when it is as described. Fields that are not described are wrong. */
    List<String> faults(Map<?, ?> schema, JsonNode value, String where, boolean partial) {
        List<String> faults = new ArrayList<>();
        judge(schema, value, where, partial, faults);
        return faults;
    }

    private void judge(Map<?, ?> schema, JsonNode value, String where, boolean partial, List<String> faults) {
        if (schema.get("$ref") instanceof String reference) {
            judge(definition(reference), value, where, partial, faults);
            return;
        }
        if (!fits(String.valueOf(schema.get("type")), value)) {
            faults.add(where + " is " + value + ", not of type " + schema.get("type"));
            return;
        }
        if (schema.get("enum") instanceof Collection<?> allowed && !allowed.contains(value.asString())) {
            faults.add(where + " is " + value + ", allowed are " + allowed);
        }
        range(schema, value, where, faults);
        if (value.isArray()) {
            for (JsonNode item : value) {
                judge(map(schema, "items"), item, where + "[]", false, faults);
            }
        } else if (value.isObject()) {
            fields(schema, value, where, partial, faults);
        }
    }

    private static void range(Map<?, ?> schema, JsonNode value, String where, List<String> faults) {
        if (value.isNumber() && schema.get("minimum") instanceof Number least && value.asLong() < least.longValue()) {
            faults.add(where + " is " + value + ", below " + least);
        }
        if (value.isNumber() && schema.get("maximum") instanceof Number most && value.asLong() > most.longValue()) {
            faults.add(where + " is " + value + ", above " + most);
        }
    }

    private void fields(Map<?, ?> schema, JsonNode value, String where, boolean partial, List<String> faults) {
        Map<?, ?> properties = map(schema, "properties");
        value.properties().forEach(field -> {
            if (properties.containsKey(field.getKey())) {
                judge(map(properties, field.getKey()), field.getValue(), where + "." + field.getKey(), false, faults);
            } else if (!schema.containsKey("additionalProperties")) {
                faults.add(where + "." + field.getKey() + " is not described");
            }
        });
        if (!partial && schema.get("required") instanceof Collection<?> required) {
            required.stream()
                    .filter(name -> !value.has(name.toString()))
                    .forEach(name -> faults.add(where + "." + name + " is missing"));
        }
    }

    private Map<?, ?> definition(String reference) {
        return map(map(root, "definitions"), reference.replace("#/definitions/", ""));
    }

    private static boolean fits(String type, JsonNode value) {
        return switch (type) {
            case "string" -> value.isString();
            case "integer" -> value.isIntegralNumber();
            case "boolean" -> value.isBoolean();
            case "array" -> value.isArray();
            case "object" -> value.isObject();
            default -> false;
        };
    }

    private static Map<?, ?> map(Map<?, ?> map, Object key) {
        return map.get(key) instanceof Map<?, ?> found ? found : Map.of();
    }
}

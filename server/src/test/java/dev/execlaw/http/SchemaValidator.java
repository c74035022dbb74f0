package dev.execlaw.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Checks JSON against the subset of JSON Schema that our description uses; unknown properties count as faults. */
final class SchemaValidator {

    private final JsonNode description;
    private final List<String> faults = new ArrayList<>();

    private SchemaValidator(JsonNode description) {
        this.description = description;
    }

    /** What does not fit; empty when all does. */
    static List<String> faults(JsonNode description, JsonNode schema, JsonNode value) {
        SchemaValidator validator = new SchemaValidator(description);
        validator.check(schema, value, "$");
        return validator.faults;
    }

    private void check(JsonNode schema, JsonNode value, String at) {
        if (schema.has("$ref")) {
            check(description.at(schema.get("$ref").stringValue().substring(1)), value, at);
            return;
        }
        if (schema.has("anyOf") && alternatives(schema.get("anyOf"), value) == 0) {
            faults.add(at + ": none of " + schema.get("anyOf"));
        }
        if (schema.has("oneOf") && alternatives(schema.get("oneOf"), value) != 1) {
            faults.add(at + ": not exactly one of " + schema.get("oneOf"));
        }
        if (schema.has("const") && !schema.get("const").equals(value)) {
            faults.add(at + ": not " + schema.get("const"));
        }
        if (schema.has("enum") && schema.get("enum").valueStream().noneMatch(value::equals)) {
            faults.add(at + ": " + value + " is none of " + schema.get("enum"));
        }
        if (schema.has("type") && !hasType(schema.get("type").stringValue(), value)) {
            faults.add(at + ": " + value + " is no " + schema.get("type"));
        } else {
            inside(schema, value, at);
        }
    }

    private void inside(JsonNode schema, JsonNode value, String at) {
        if (schema.has("items")) {
            value.valueStream().forEach(item -> check(schema.get("items"), item, at + "[]"));
        }
        JsonNode properties = schema.path("properties");
        for (JsonNode name : schema.path("required")) {
            if (!value.has(name.stringValue())) {
                faults.add(at + ": " + name + " is missing");
            }
        }
        for (Map.Entry<String, JsonNode> property : value.properties()) {
            if (properties.has(property.getKey())) {
                check(properties.get(property.getKey()), property.getValue(), at + "." + property.getKey());
            } else if (schema.has("required")) {
                faults.add(at + ": " + property.getKey() + " is not described");
            }
        }
    }

    private long alternatives(JsonNode schemas, JsonNode value) {
        return schemas.valueStream()
                .filter(each -> faults(description, each, value).isEmpty())
                .count();
    }

    private static boolean hasType(String type, JsonNode value) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isString();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> throw new IllegalArgumentException("unknown type " + type);
        };
    }
}

package dev.execlaw.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.execlaw.event.EventJson;
import dev.execlaw.event.EventPayload;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** JSON Schemas (2020-12) of the records that go over the wire, read from the records themselves. Used by one thread. */
final class Schemas {

    private static final Map<String, Class<? extends EventPayload>> EVENTS = new TreeMap<>(EventJson.types());

    private static final Set<Class<?>> WHOLE = Set.of(int.class, Integer.class, long.class, Long.class);
    private static final Set<Class<?>> NUMBER = Set.of(double.class, Double.class);

    private final Map<String, Map<String, Object>> named = new TreeMap<>();

    /** All records referred to so far, by name. */
    Map<String, Map<String, Object>> named() {
        return named;
    }

    /** A reference to the schema of a response. */
    Map<String, Object> response(Class<?> type) {
        return record(type);
    }

    /** A reference to the schema of a request body: like a response's, but knowing no other fields. */
    Map<String, Object> request(Class<?> type) {
        Map<String, Object> reference = record(type);
        schema(type).put("additionalProperties", false);
        return reference;
    }

    private Map<String, Object> record(Class<?> type) {
        if (!named.containsKey(name(type))) {
            named.put(name(type), new LinkedHashMap<>());
            describe(type, schema(type));
        }
        return Map.of("$ref", "#/components/schemas/" + name(type));
    }

    private Map<String, Object> schema(Class<?> type) {
        return named.getOrDefault(name(type), Map.of());
    }

    private void describe(Class<?> type, Map<String, Object> schema) {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (RecordComponent component : type.getRecordComponents()) {
            Map<String, Object> value = of(component.getAnnotatedType());
            properties.put(name(component), optional(component) ? orNull(value) : value);
        }
        schema.put("type", "object");
        schema.put("properties", properties);
        schema.put(
                "required",
                Arrays.stream(type.getRecordComponents())
                        .filter(component -> !optional(component))
                        .map(Schemas::name)
                        .toList());
        if (type == EventView.class) {
            schema.put(
                    "oneOf",
                    EVENTS.entrySet().stream()
                            .map(event -> Map.of(
                                    "properties",
                                    Map.of(
                                            "type",
                                            Map.of("const", event.getKey()),
                                            "payload",
                                            record(event.getValue()))))
                            .toList());
        }
    }

    private Map<String, Object> of(AnnotatedType annotated) {
        if (annotated instanceof AnnotatedParameterizedType generic) {
            AnnotatedType[] arguments = generic.getAnnotatedActualTypeArguments();
            return arguments.length == 2 // a map, whose keys are strings in JSON
                    ? Map.of("type", "object", "additionalProperties", of(arguments[1]))
                    : Map.of("type", "array", "items", of(arguments[0]));
        }
        Class<?> type = (Class<?>) annotated.getType();
        if (type == String.class) {
            return Map.of("type", "string");
        } else if (type == Instant.class) {
            return Map.of("type", "string", "format", "date-time");
        } else if (WHOLE.contains(type)) {
            return Map.of("type", "integer");
        } else if (NUMBER.contains(type)) {
            return Map.of("type", "number");
        } else if (type == boolean.class || type == Boolean.class) {
            return Map.of("type", "boolean");
        } else if (type.isEnum()) {
            return Map.of("type", "string", "enum", constants(type));
        } else if (JsonNode.class.isAssignableFrom(type)) {
            return Map.of();
        } else if (type == EventPayload.class) {
            return Map.of("type", "object");
        } else if (type.isRecord()) {
            return record(type);
        }
        throw new IllegalArgumentException("no schema for " + type);
    }

    private static Map<String, Object> orNull(Map<String, Object> schema) {
        return Map.of("anyOf", List.of(schema, Map.of("type", "null")));
    }

    private static List<String> constants(Class<?> type) {
        List<String> names = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) {
            names.add(Json.MAPPER.valueToTree(constant).stringValue());
        }
        return names;
    }

    /** Name in JSON: the component's own, unless it is a word that Java keeps for itself. */
    private static String name(RecordComponent component) {
        JsonProperty other = component.getAccessor().getAnnotation(JsonProperty.class);
        return other == null ? component.getName() : other.value();
    }

    private static boolean optional(RecordComponent component) {
        return component.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    /** Name within the description, e.g. {@code SessionViewStep}. */
    static String name(Class<?> type) {
        return type.getName().substring(type.getPackageName().length() + 1).replace("$", "");
    }
}

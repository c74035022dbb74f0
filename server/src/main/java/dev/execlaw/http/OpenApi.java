package dev.execlaw.http;

import dev.execlaw.problem.ErrorCode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The API's description (OpenAPI 3.1), made from the table of its operations.
 *
 * @param document ready to be written as JSON
 */
record OpenApi(Map<String, Object> document) {

    private static final List<ErrorCode> ALWAYS = List.of(
            ErrorCode.INVALID_REQUEST,
            ErrorCode.UNAUTHENTICATED,
            ErrorCode.ORIGIN_REFUSED,
            ErrorCode.RATE_LIMIT,
            ErrorCode.SHUTTING_DOWN,
            ErrorCode.INTERNAL);

    static OpenApi of(List<Endpoint> endpoints, String version) {
        Schemas schemas = new Schemas();
        schemas.response(EventView.class);
        Map<String, Map<String, Object>> paths = new LinkedHashMap<>();
        for (Endpoint endpoint : endpoints) {
            paths.computeIfAbsent(endpoint.path().text(), _ -> new LinkedHashMap<>())
                    .put(endpoint.method().toLowerCase(Locale.ROOT), operation(endpoint, schemas));
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("openapi", "3.1.0");
        document.put("info", Map.of("title", "ExeClaw", "version", version));
        document.put("servers", List.of(Map.of("url", ApiHandler.BASE)));
        document.put("security", List.of(Map.of("bearer", List.of()), Map.of("cookie", List.of())));
        document.put("paths", paths);
        document.put(
                "components",
                Map.of(
                        "schemas",
                        schemas.named(),
                        "securitySchemes",
                        Map.of(
                                "bearer",
                                Map.of("type", "http", "scheme", "bearer"),
                                "cookie",
                                Map.of("type", "apiKey", "in", "cookie", "name", "execlaw"))));
        return new OpenApi(document);
    }

    private static Map<String, Object> operation(Endpoint endpoint, Schemas schemas) {
        Map<String, Object> operation = new LinkedHashMap<>();
        operation.put("operationId", endpoint.name());
        operation.put("summary", endpoint.summary());
        if (endpoint.open()) {
            operation.put("security", List.of());
        }
        operation.put("parameters", parameters(endpoint));
        Class<?> body = switch (endpoint.action()) {
            case Endpoint.Action.WithBody<?> withBody -> withBody.body();
            case Endpoint.Action.WithBodyOrStream<?> either -> either.whole().body();
            case Endpoint.Action.Plain _, Endpoint.Action.Takeover _ -> null;
        };
        if (body != null) {
            operation.put(
                    "requestBody",
                    Map.of("required", true, "content", json("application/json", schemas.request(body))));
        }
        operation.put("responses", responses(endpoint, schemas));
        return operation;
    }

    private static List<Map<String, Object>> parameters(Endpoint endpoint) {
        Stream<Map<String, Object>> path = endpoint.path().names().stream()
                .map(name -> Map.of("name", name, "in", "path", "required", true, "schema", Map.of("type", "string")));
        Stream<Map<String, Object>> query = endpoint.query().stream()
                .map(parameter -> Map.of(
                        "name",
                        parameter.name(),
                        "in",
                        "query",
                        "description",
                        parameter.meaning(),
                        "schema",
                        parameter.schema()));
        Stream<Map<String, Object>> header = endpoint.method().equals("POST")
                ? Stream.of(Map.of(
                        "name",
                        "Idempotency-Key",
                        "in",
                        "header",
                        "description",
                        "the same key and body again give the same response and happen once, for 24 hours",
                        "schema",
                        Map.of("type", "string", "minLength", 1, "maxLength", 200)))
                : Stream.of();
        return Stream.of(path, query, header).flatMap(each -> each).toList();
    }

    private static Map<String, Object> responses(Endpoint endpoint, Schemas schemas) {
        Map<String, Object> responses = new LinkedHashMap<>();
        Class<?> type = endpoint.response();
        responses.put(
                String.valueOf(endpoint.status()),
                type == null
                        ? Map.of("description", endpoint.summary())
                        : Map.of("description", endpoint.summary(), "content", content(endpoint, type, schemas)));
        Map<Integer, String> failures = Stream.concat(ALWAYS.stream(), endpoint.errors().stream())
                .distinct()
                .collect(Collectors.groupingBy(
                        ErrorCode::status,
                        TreeMap::new,
                        Collectors.mapping(ErrorCode::name, Collectors.joining(", "))));
        Map<String, Object> body = json(ProblemJson.MEDIA_TYPE, schemas.response(ProblemJson.class));
        failures.forEach((status, codes) ->
                responses.put(String.valueOf(status), Map.of("description", codes, "content", body)));
        return responses;
    }

    private static Map<String, Object> content(Endpoint endpoint, Class<?> type, Schemas schemas) {
        Map<String, Object> content = new LinkedHashMap<>(json("application/json", schemas.response(type)));
        if (endpoint.action() instanceof Endpoint.Action.WithBodyOrStream<?>) {
            content.putAll(json(EventText.MEDIA_TYPE, Map.of("type", "string")));
        }
        return content;
    }

    private static Map<String, Object> json(String mediaType, Map<String, Object> schema) {
        return Map.of(mediaType, Map.of("schema", schema));
    }
}

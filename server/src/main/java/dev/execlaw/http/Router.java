package dev.execlaw.http;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds the operation that a request asks for. Immutable. */
final class Router {

    private final List<Endpoint> endpoints;

    Router(List<Endpoint> endpoints) {
        this.endpoints = List.copyOf(endpoints);
    }

    List<Endpoint> endpoints() {
        return endpoints;
    }

    /**
     * What a path is good for.
     *
     * @param allowed methods it knows, for the {@code Allow} header; empty when there is no such path
     * @param match the operation of the method asked for; HEAD counts as GET but for streams
     */
    record Found(String allowed, Optional<Match> match) {}

    /** An operation and the values of its path's parts. */
    record Match(Endpoint endpoint, Map<String, String> path) {}

    Found find(String method, String path) {
        List<Match> matches = endpoints.stream()
                .flatMap(endpoint -> endpoint.path().match(path).map(parts -> new Match(endpoint, parts)).stream())
                .toList();
        return new Found(
                matches.stream()
                        .flatMap(match -> methods(match.endpoint()))
                        .sorted()
                        .collect(Collectors.joining(", ")),
                matches.stream()
                        .filter(match -> methods(match.endpoint()).anyMatch(method::equals))
                        .findFirst());
    }

    private static Stream<String> methods(Endpoint endpoint) {
        boolean head = endpoint.method().equals("GET") && !(endpoint.action() instanceof Endpoint.Action.Takeover);
        return head ? Stream.of("GET", "HEAD") : Stream.of(endpoint.method());
    }

    static ProblemException noSuchPath(String path) {
        return new ProblemException(
                ErrorCode.NOT_FOUND,
                "There is nothing at " + path + ".",
                "The API is described at " + ApiHandler.BASE + "/openapi.json.");
    }

    static ProblemException methodNotAllowed(String method, String path, String allowed) {
        return new ProblemException(
                ErrorCode.METHOD_NOT_ALLOWED, path + " does not know " + method + ".", "Use " + allowed + ".");
    }
}

package dev.execlaw.http;

import dev.execlaw.problem.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * One operation of the API: all that the router and the API's description need to know of it.
 *
 * @param path below the API's base
 * @param name operation id in the description
 * @param open whether it may be called without a credential
 * @param status of the response when all is well
 * @param response record in the body of that response; null for none
 * @param errors codes it can answer with besides those that every operation can
 */
record Endpoint(
        String method,
        PathTemplate path,
        String name,
        String summary,
        boolean open,
        List<Parameter> query,
        int status,
        @Nullable Class<?> response,
        List<ErrorCode> errors,
        Action action) {

    Endpoint {
        query = List.copyOf(query);
        errors = List.copyOf(errors);
    }

    /** A parameter of the query, and the JSON Schema of its value. */
    record Parameter(String name, String meaning, Map<String, Object> schema) {

        Parameter {
            schema = Map.copyOf(schema);
        }

        /** A whole number. */
        Parameter(String name, String meaning) {
            this(name, meaning, Map.of("type", "integer", "minimum", 0));
        }

        /** Text. */
        static Parameter text(String name, String meaning) {
            return new Parameter(name, meaning, Map.of("type", "string"));
        }

        /** A day, as {@code 2026-11-24}. */
        static Parameter day(String name, String meaning) {
            return new Parameter(name, meaning, Map.of("type", "string", "format", "date"));
        }
    }

    /** What an operation does. */
    sealed interface Action {

        /** Answers with JSON. */
        record Plain(Answer answer) implements Action {}

        /** Reads a JSON body and answers with JSON. */
        record WithBody<B>(
                Class<B> body,
                BodyAnswer<B> answer,
                @Nullable B none) implements Action {}

        /** Reads a JSON body and answers with JSON, or with a stream of events to who asks for one. */
        record WithBodyOrStream<B>(WithBody<B> whole, BodyExchange<B> stream) implements Action {}

        /** Takes the whole exchange over: a stream. */
        record Takeover(Exchange exchange) implements Action {}
    }

    /** Makes the response body of a request; null for none. */
    @FunctionalInterface
    interface Answer {
        @Nullable
        Object to(Call call);
    }

    /** The same for a request with a body. */
    @FunctionalInterface
    interface BodyAnswer<B> {
        @Nullable
        Object to(Call call, B body);
    }

    /** Handles a request down to the last byte of its response, and completes the callback. */
    @FunctionalInterface
    interface Exchange {
        void handle(Call call, Request request, Response response, Callback callback) throws Exception;
    }

    /** The same for a request whose body was read. */
    @FunctionalInterface
    interface BodyExchange<B> {
        void handle(Call call, B body, Response response, Callback callback) throws Exception;
    }

    /** Begins the description of an operation. */
    static Draft endpoint(String method, String path, String name, String summary) {
        return new Draft(method, new PathTemplate(path), name, summary);
    }

    /** An operation under description. Used by one thread. */
    static final class Draft {
        private final String method;
        private final PathTemplate path;
        private final String name;
        private final String summary;
        private boolean open;
        private List<Parameter> query = List.of();
        private int status = 200;
        private @Nullable Class<?> response;
        private List<ErrorCode> errors = List.of();

        private Draft(String method, PathTemplate path, String name, String summary) {
            this.method = Objects.requireNonNull(method);
            this.path = path;
            this.name = name;
            this.summary = summary;
        }

        Draft openToAll() {
            open = true;
            return this;
        }

        Draft query(Parameter... parameters) {
            query = List.of(parameters);
            return this;
        }

        Draft returns(int okStatus, Class<?> type) {
            status = okStatus;
            response = type;
            return this;
        }

        Draft returnsNothing(int okStatus) {
            status = okStatus;
            return this;
        }

        Draft fails(ErrorCode... codes) {
            errors = List.of(codes);
            return this;
        }

        Endpoint does(Answer answer) {
            return build(new Action.Plain(answer));
        }

        <B> Endpoint takes(Class<B> body, BodyAnswer<B> answer) {
            return build(new Action.WithBody<>(body, answer, null));
        }

        /** The body may be left out; {@code none} stands for it then. */
        <B> Endpoint mayTake(Class<B> body, B none, BodyAnswer<B> answer) {
            return build(new Action.WithBody<>(body, answer, none));
        }

        <B> Endpoint takes(Class<B> body, BodyAnswer<B> answer, BodyExchange<B> stream) {
            return build(new Action.WithBodyOrStream<>(new Action.WithBody<>(body, answer, null), stream));
        }

        Endpoint streams(Exchange exchange) {
            return build(new Action.Takeover(exchange));
        }

        private Endpoint build(Action action) {
            return new Endpoint(method, path, name, summary, open, query, status, response, errors, action);
        }
    }
}

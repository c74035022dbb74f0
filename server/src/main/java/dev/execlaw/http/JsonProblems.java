package dev.execlaw.http;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Nearest;
import dev.execlaw.problem.ProblemException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** Reads request bodies into records, and says in plain words what is wrong with those that do not fit. */
final class JsonProblems {

    private JsonProblems() {}

    /** The body as a record, all of whose components that are not {@code @Nullable} are present. */
    static <B> B read(byte[] body, Class<B> type) {
        B value;
        try {
            value = Json.MAPPER.readValue(body, type);
        } catch (UnrecognizedPropertyException e) {
            throw unknownField(e, type);
        } catch (MismatchedInputException e) {
            throw invalid(mismatch(e), "Send the field as the API description at /api/v1/openapi.json says.", e);
        } catch (JacksonException e) {
            String subject =
                    e.getPath().isEmpty() ? "The body is not JSON: " : "The field " + field(e) + " is not valid: ";
            throw invalid(
                    subject + firstLine(e.getOriginalMessage()) + at(e.getLocation()) + ".",
                    "Send one JSON object in UTF-8.",
                    e);
        }
        if (value == null) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST, "The body is null.", "Send one JSON object in UTF-8.");
        }
        requirePresent(value, type);
        return value;
    }

    private static ProblemException unknownField(UnrecognizedPropertyException e, Class<?> type) {
        List<String> known = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getName)
                .toList();
        String meant = Nearest.to(e.getPropertyName(), known)
                .map(name -> "Did you mean \"" + name + "\"? ")
                .orElse("");
        return new ProblemException(
                ErrorCode.UNKNOWN_FIELD,
                "There is no field \"" + e.getPropertyName() + "\" in this request.",
                meant + "Known fields: " + String.join(", ", known) + ".",
                e);
    }

    private static String mismatch(MismatchedInputException e) {
        if (e.getPath().isEmpty()) {
            return "The body is not a JSON object of the expected form" + at(e.getLocation()) + ".";
        }
        Class<?> target = e.getTargetType();
        return "The field " + field(e) + " is not " + (target == null ? "of the expected type" : inWords(target))
                + at(e.getLocation()) + ".";
    }

    /** Where in the body, e.g. {@code "list.[2].name"}. */
    private static String field(JacksonException e) {
        return e.getPath().stream()
                .map(step -> step.getPropertyName() == null ? "[" + step.getIndex() + "]" : step.getPropertyName())
                .collect(Collectors.joining(".", "\"", "\""));
    }

    private static String inWords(Class<?> type) {
        if (type == String.class) {
            return "a string";
        }
        if (type == Integer.class || type == int.class) {
            return "a whole number from " + Integer.MIN_VALUE + " to " + Integer.MAX_VALUE;
        }
        if (type == Long.class || type == long.class) {
            return "a whole number";
        }
        return type == Double.class || type == double.class ? "a number" : "of the expected type";
    }

    private static void requirePresent(Object value, Class<?> type) {
        List<String> missing = Stream.of(type.getRecordComponents())
                .filter(component -> !component.getAnnotatedType().isAnnotationPresent(Nullable.class))
                .filter(component -> valueOf(component, value) == null)
                .map(RecordComponent::getName)
                .toList();
        if (!missing.isEmpty()) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST,
                    "The field \"" + missing.getFirst() + "\" is missing.",
                    "Required fields of this request: " + String.join(", ", required(type)) + ".");
        }
    }

    private static List<String> required(Class<?> type) {
        return Stream.of(type.getRecordComponents())
                .filter(component -> !component.getAnnotatedType().isAnnotationPresent(Nullable.class))
                .map(RecordComponent::getName)
                .toList();
    }

    private static @Nullable Object valueOf(RecordComponent component, Object value) {
        try {
            // Accessors of a package-private record are not accessible from its component without this.
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(value);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot read " + component, e);
        }
    }

    private static ProblemException invalid(String detail, String next, JacksonException cause) {
        return new ProblemException(ErrorCode.INVALID_REQUEST, detail, next, cause);
    }

    private static String at(@Nullable TokenStreamLocation place) {
        return place == null || place.getLineNr() < 1
                ? ""
                : " (line " + place.getLineNr() + ", column " + place.getColumnNr() + ")";
    }

    /** Without what the body says there: it may be a key whose quotes were forgotten. */
    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("").replaceFirst("token '[^']*'", "token");
    }
}

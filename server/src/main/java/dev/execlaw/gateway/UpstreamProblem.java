package dev.execlaw.gateway;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** What went wrong with a provider, in words; keys are blotted out of what the provider says. */
final class UpstreamProblem {

    private static final int SHOWN = 300;
    /** What looks like a key: by its beginning, or by its place and a digit in it. */
    private static final Pattern KEY_LIKE =
            Pattern.compile("(?i)\\b(?:(?:sk|key|pk)[-_]|bearer[-_ ]|key[: ]+(?=[\\w.*-]*[\\d*]))[\\w.*-]{6,}");

    private static final Pattern SPENT =
            Pattern.compile("insufficient_quota|billing_error|credit balance is too low", Pattern.CASE_INSENSITIVE);

    /** Kinds of errors of OpenAI, OpenRouter and Anthropic by the status that each documents for them. */
    private static final Map<String, Integer> STATUS = Map.ofEntries(
            Map.entry("invalid_request_error", 400),
            Map.entry("context_length_exceeded", 400),
            Map.entry("authentication_error", 401),
            Map.entry("invalid_api_key", 401),
            Map.entry("billing_error", 402),
            Map.entry("insufficient_quota", 402),
            Map.entry("permission_error", 403),
            Map.entry("not_found_error", 404),
            Map.entry("model_not_found", 404),
            Map.entry("request_too_large", 413),
            Map.entry("rate_limit_error", 429),
            Map.entry("rate_limit_exceeded", 429),
            Map.entry("api_error", 500),
            Map.entry("server_error", 500),
            Map.entry("timeout_error", 504),
            Map.entry("overloaded_error", 529));

    private final String provider;
    private final String model;
    private final @Nullable String key;
    private final Supplier<Optional<String>> nearest;

    /**
     * @param nearest a model that was probably meant, if this one does not exist
     */
    UpstreamProblem(String provider, String model, @Nullable String key, Supplier<Optional<String>> nearest) {
        this.nearest = nearest;
        this.provider = provider;
        this.model = model;
        this.key = key;
    }

    /** For an answer with an error status. */
    Problem status(int status, String body) {
        String said = said(body);
        String about = "Provider " + provider + " answered HTTP " + status + (said.isEmpty() ? "." : ": " + said);
        if (spent(body)) {
            return new Problem(ErrorCode.KEY_INVALID, about, "Add credit to the account of this API key.");
        }
        return switch (status) {
            case 401, 403 ->
                new Problem(
                        ErrorCode.KEY_INVALID,
                        about,
                        "Check the API key of this session and what it is allowed to do.");
            case 402 -> new Problem(ErrorCode.KEY_INVALID, about, "Add credit to the account of this API key.");
            case 404 -> unknownModel(about);
            case 408 -> new Problem(ErrorCode.PROVIDER_DOWN, about, "Send the message again, or use another provider.");
            case 429 -> new Problem(ErrorCode.RATE_LIMIT, about, "Wait a little, then send the message again.");
            default -> {
                boolean noModel = status == 400 && said.toLowerCase(Locale.ROOT).contains("model");
                if (noModel) {
                    yield unknownModel(about);
                }
                yield status >= 400 && status < 500
                        ? new Problem(ErrorCode.INVALID_REQUEST, about, "Change the message or start a new session.")
                        : new Problem(
                                ErrorCode.PROVIDER_DOWN, about, "Send the message again, or use another provider.");
            }
        };
    }

    private Problem unknownModel(String about) {
        String next = nearest.get()
                .map(near -> "Check the model \"" + model + "\"; did you mean \"" + near + "\"?")
                .orElse("Check the model \"" + model + "\".");
        return new Problem(ErrorCode.UNKNOWN_MODEL, about, next);
    }

    /** For an error object within a stream that began well. */
    Problem inStream(JsonNode error) {
        int status = statusOf(error);
        String body = error.isString() ? error.stringValue() : error.toString();
        return status > 0 ? status(status, body) : down("broke off its answer: " + said(body));
    }

    /** The status that an error object would have had for an answer of its own; 0 when it does not say. */
    static int statusOf(JsonNode error) {
        JsonNode code = error.path("code");
        int number = code.isInt()
                ? code.intValue()
                : code.asString("").matches("[45]\\d\\d") ? Integer.parseInt(code.stringValue()) : 0;
        if (number >= 400 && number < 600) {
            return number;
        }
        int named = STATUS.getOrDefault(code.asString(""), 0);
        return named > 0 ? named : STATUS.getOrDefault(error.path("type").asString(""), 0);
    }

    /** Whether an answer with this status may be another one soon. */
    static boolean passes(int status) {
        return status == 408 || status == 429 || status >= 500;
    }

    /** Whether an error says that there is no money left: that does not pass. */
    static boolean spent(String body) {
        return SPENT.matcher(body).find();
    }

    /** For a provider that cannot be reached or does not go on. */
    Problem down(String what) {
        return new Problem(
                ErrorCode.PROVIDER_DOWN,
                "Provider " + provider + " " + redact(what) + ".",
                "Send the message again; if it stays so, check the provider and the network of this server.");
    }

    /** The provider's own words in an error body: the usual fields, else the text itself. */
    private String said(String body) {
        String text = body;
        try {
            JsonNode json = Json.MAPPER.readTree(body);
            for (JsonNode candidate : new JsonNode[] {
                json.path("error").path("message"), json.path("message"), json.path("error"), json.path("detail")
            }) {
                if (candidate.isString()) {
                    text = candidate.stringValue();
                    break;
                }
            }
        } catch (JacksonException e) {
            text = body.replaceAll("<[^>]*>", " ");
        }
        String flat = redact(text).replaceAll("\\s+", " ").strip();
        return flat.length() <= SHOWN ? flat : flat.substring(0, SHOWN) + "...";
    }

    private String redact(String text) {
        return KEY_LIKE.matcher(KeyBlot.out(text, key)).replaceAll("***");
    }
}

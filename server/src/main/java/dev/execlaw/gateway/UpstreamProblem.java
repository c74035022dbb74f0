package dev.execlaw.gateway;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import java.util.Locale;
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

    private final String provider;
    private final String model;
    private final @Nullable String key;

    UpstreamProblem(String provider, String model, @Nullable String key) {
        this.provider = provider;
        this.model = model;
        this.key = key;
    }

    /** For an answer with an error status. */
    Problem status(int status, String body) {
        String said = said(body);
        String about = "Provider " + provider + " answered HTTP " + status + (said.isEmpty() ? "." : ": " + said);
        return switch (status) {
            case 401, 403 ->
                new Problem(
                        ErrorCode.KEY_INVALID,
                        about,
                        "Check the API key of this session and what it is allowed to do.");
            case 402 -> new Problem(ErrorCode.KEY_INVALID, about, "Add credit to the account of this API key.");
            case 404 -> new Problem(ErrorCode.UNKNOWN_MODEL, about, "Check the model \"" + model + "\".");
            case 429 -> new Problem(ErrorCode.RATE_LIMIT, about, "Wait a little, then send the message again.");
            default -> {
                boolean noModel = status == 400 && said.toLowerCase(Locale.ROOT).contains("model");
                if (noModel) {
                    yield new Problem(ErrorCode.UNKNOWN_MODEL, about, "Check the model \"" + model + "\".");
                }
                yield status >= 400 && status < 500
                        ? new Problem(ErrorCode.INVALID_REQUEST, about, "Change the message or start a new session.")
                        : new Problem(
                                ErrorCode.PROVIDER_DOWN, about, "Send the message again, or use another provider.");
            }
        };
    }

    /** For an error object within a stream that began well. */
    Problem inStream(JsonNode error) {
        JsonNode code = error.path("code");
        if (code.isInt() && code.intValue() >= 400 && code.intValue() < 600) {
            return status(code.intValue(), error.toString());
        }
        return down("broke off its answer: " + said(error.toString()));
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

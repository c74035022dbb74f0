package dev.execlaw.original;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What programs send. Fields that nobody knows are passed over, as programs of that time count on. */
public final class Bodies {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private Bodies() {}

    /** Body of {@code POST /sessions}. */
    public record NewSession(
            @Nullable String provider,
            @Nullable String apiKey,
            @Nullable String model,
            @Nullable String name,
            @Nullable Double temperature,
            @Nullable Integer maxTokens,
            @Nullable String systemPrompt,
            @Nullable Integer idleTimeoutMin,
            @Nullable Boolean emailOnIdleKill,
            @Nullable String emailOnIdleKillTo) {

        @Override
        public String toString() {
            return "NewSession[name=" + name + ", provider=" + provider + ", model=" + model + "]";
        }
    }

    /** Body of {@code POST /sessions/:id/input}. */
    public record Input(@Nullable String message) {}

    /** Body of {@code POST /sessions/:id/email}. */
    public record Email(@Nullable String to) {}

    /** Body of {@code POST /exedev/new}. */
    public record NewMachine(
            @Nullable String vmName,
            @Nullable String prompt,
            @Nullable String token) {

        @Override
        public String toString() {
            return "NewMachine[" + vmName + "]";
        }
    }

    /** Reads a body. */
    public static <B> B read(byte[] body, Class<B> type) {
        try {
            B value = MAPPER.readValue(body, type);
            if (value != null) {
                return value;
            }
        } catch (JacksonException e) {
            throw invalid("invalid JSON body: " + e.getOriginalMessage(), e);
        }
        throw invalid("invalid JSON body: null", null);
    }

    /** A field that must be there and not empty. */
    static String required(@Nullable String value, String refusal) {
        if (value == null || value.isEmpty()) {
            throw invalid(refusal, null);
        }
        return value;
    }

    private static ProblemException invalid(String detail, @Nullable Throwable cause) {
        String next = "Send one JSON object in UTF-8 with this field.";
        return cause == null
                ? new ProblemException(ErrorCode.INVALID_REQUEST, detail, next)
                : new ProblemException(ErrorCode.INVALID_REQUEST, detail, next, cause);
    }
}

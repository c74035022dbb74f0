package dev.execlaw.session;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a session's model is asked. Null leaves a thing as the agent or the provider has it.
 *
 * @param temperature 0 to 2
 * @param maxTokens of one answer, 1 to 1000000
 * @param reasoningEffort {@code none, minimal, low, medium, high, xhigh}; a provider refuses those it does not know
 * @param systemPrompt put before the agent's own
 */
public record ModelSettings(
        @Nullable Double temperature,
        @Nullable Integer maxTokens,
        @Nullable String reasoningEffort,
        @Nullable String systemPrompt) {

    private static final Limit TEMPERATURE = new Limit(0, 2);
    private static final Limit MAX_TOKENS = new Limit(1, 1_000_000);
    private static final List<String> EFFORTS = List.of("none", "minimal", "low", "medium", "high", "xhigh");
    private static final int PROMPT_LENGTH = 100_000;

    /** The same, with nothing in place of what is blank. A wrong value is a {@link ProblemException} that names it. */
    ModelSettings checked() {
        TEMPERATURE.check("temperature", temperature);
        MAX_TOKENS.check("maxTokens", maxTokens);
        if (systemPrompt != null && systemPrompt.length() > PROMPT_LENGTH) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST,
                    "systemPrompt has " + systemPrompt.length() + " characters, allowed are " + PROMPT_LENGTH,
                    "send a shorter one");
        }
        if (reasoningEffort != null && !EFFORTS.contains(reasoningEffort)) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST,
                    "reasoningEffort is \"" + reasoningEffort + "\"",
                    "send one of: " + String.join(", ", EFFORTS) + "; or leave it out");
        }
        boolean blank = systemPrompt == null || systemPrompt.isBlank();
        return new ModelSettings(temperature, maxTokens, reasoningEffort, blank ? null : systemPrompt);
    }
}

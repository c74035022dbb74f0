package dev.execlaw.gateway;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a model of Anthropic's takes, read from its name; a name that says nothing is taken for one of the 4.5 generation,
 * which is what other makers' copies of this API follow.
 *
 * @param thinking how it is asked to think
 * @param sampling whether it takes temperature and top_p
 * @param maxTokens limit of an answer when the guest sets none
 * @see <a href="https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking">adaptive thinking</a>
 * @see <a href="https://platform.claude.com/docs/en/models/sonnet-5-5/migration-guide">settings that are refused</a>
 */
record AnthropicModel(Thinking thinking, boolean sampling, int maxTokens) {

    private static final Pattern NEW_NAME = Pattern.compile("claude-[a-z]+-(\\d{1,2})(?:[-.](\\d{1,2}))?(?!\\d)");
    private static final Pattern OLD_NAME = Pattern.compile("claude-(\\d)(?:[-.](\\d))?(?!\\d)");

    /** How a model is asked to think. */
    enum Thinking {
        /** It cannot. */
        NONE,
        /** {@code {type: enabled, budget_tokens}}. */
        BUDGET,
        /** {@code {type: adaptive}}, only when told to. */
        ADAPTIVE,
        /** The same, also when nothing is said; what it thinks is shown only on request. */
        ALWAYS_ADAPTIVE
    }

    /** The model of this name. */
    static AnthropicModel named(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        Matcher version = NEW_NAME.matcher(lower);
        if (!version.find()) {
            version = OLD_NAME.matcher(lower);
            if (!version.find()) {
                return lower.contains("claude-mythos") ? of(5, 0) : of(4, 5);
            }
        }
        String minor = version.group(2);
        return of(Integer.parseInt(version.group(1)), minor == null ? 0 : Integer.parseInt(minor));
    }

    private static AnthropicModel of(int major, int minor) {
        if (major >= 5) {
            return new AnthropicModel(Thinking.ALWAYS_ADAPTIVE, false, 64_000);
        }
        if (major == 4) {
            Thinking thinking = minor >= 6 ? Thinking.ADAPTIVE : Thinking.BUDGET;
            return new AnthropicModel(thinking, minor < 7, 32_000);
        }
        return minor >= 7
                ? new AnthropicModel(Thinking.BUDGET, true, 32_000)
                : new AnthropicModel(Thinking.NONE, true, minor >= 5 ? 8_192 : 4_096);
    }

    boolean adaptive() {
        return thinking == Thinking.ADAPTIVE || thinking == Thinking.ALWAYS_ADAPTIVE;
    }
}

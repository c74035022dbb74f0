package dev.execlaw.gateway;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a model of OpenAI's own service takes of a chat completion, read from its name. What a name does not say is learned
 * from the service's refusals, see {@link Amendments}.
 *
 * @param reasoning whether it reasons: o1 and later, GPT-5 and later
 * @param version generation and minor of a GPT, times 100: 504 is GPT-5.4; 0 for others
 */
record OpenAiModel(boolean reasoning, int version) {

    /** Host of the service itself; its copies have no such models. */
    static final String SERVED_AT = "api.openai.com";

    private static final Pattern GPT = Pattern.compile("gpt-(\\d{1,2})(?:\\.(\\d{1,2}))?(?![\\d.])(.*)");
    private static final Pattern O_SERIES = Pattern.compile("o\\d.*");
    private static final int FIRST_REASONING = 500;
    /** From here on, chat completions take no function tools unless reasoning is off. */
    private static final int TOOLS_WITHOUT_REASONING = 504;

    /** The model of this name, fine-tuned ({@code ft:...}) or not. */
    static OpenAiModel named(String name) {
        String base = name.toLowerCase(Locale.ROOT).replaceFirst("^ft:", "");
        Matcher gpt = GPT.matcher(base);
        if (!gpt.matches()) {
            return new OpenAiModel(O_SERIES.matcher(base).matches(), 0);
        }
        String minor = gpt.group(2);
        int version = Integer.parseInt(gpt.group(1)) * 100 + (minor == null ? 0 : Integer.parseInt(minor));
        return new OpenAiModel(version >= FIRST_REASONING && !gpt.group(3).startsWith("-chat"), version);
    }

    /** Makes a request one that this model takes. */
    void adapt(ObjectNode body) {
        JsonNode limit = body.path("max_tokens");
        if (limit.isNumber()) {
            body.remove("max_tokens");
            body.set("max_completion_tokens", limit);
        }
        if (!reasoning) {
            return;
        }
        if (version >= TOOLS_WITHOUT_REASONING && !body.path("tools").isEmpty()) {
            body.put("reasoning_effort", "none");
        }
        if (!body.path("reasoning_effort").asString("").equals("none")) {
            body.remove("temperature");
            body.remove("top_p");
        }
    }
}

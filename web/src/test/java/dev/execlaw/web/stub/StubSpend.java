package dev.execlaw.web.stub;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a session may spend and has spent, and how its model is asked. Guarded by its session. */
final class StubSpend {

    private static final List<String> LIMITS =
            List.of("tokens", "usd", "requests", "minutes", "requestsPerMin", "tokensPerMin");

    private Map<String, Object> policy = limits(Map.of());
    private Map<String, Object> settings = settings(Map.of());
    private long requests;
    private long tokens;

    private static Map<String, Object> limits(Map<?, ?> given) {
        var all = new LinkedHashMap<String, Object>();
        LIMITS.forEach(limit -> all.put(limit, given.get(limit)));
        return all;
    }

    private static Map<String, Object> settings(Map<?, ?> given) {
        var all = new LinkedHashMap<String, Object>();
        List.of("temperature", "maxTokens", "reasoningEffort", "systemPrompt")
                .forEach(name -> all.put(name, given.get(name)));
        return all;
    }

    void policy(Map<?, ?> wanted) {
        policy = limits(wanted);
    }

    Map<String, Object> policy() {
        return policy;
    }

    void ask(Map<?, ?> wanted) {
        settings = settings(wanted);
    }

    Map<String, Object> settings() {
        return settings;
    }

    void spend(long more) {
        requests++;
        tokens += more;
    }

    /** What is said of the tokens when there are no more of them; null while there are. */
    @Nullable
    Map<String, Object> reached() {
        if (!(policy.get("tokens") instanceof Number limit) || tokens < limit.longValue()) {
            return null;
        }
        String text = "Stopped: the budget of " + limit + " tokens is used up (" + tokens + " tokens).";
        return Map.of("budget", "tokens", "used", tokens, "limit", limit, "text", text);
    }

    Map<String, Object> json() {
        var all = new HashMap<String, Object>();
        all.put("requests", requests);
        all.put("inputTokens", tokens);
        all.put("outputTokens", 0);
        all.put("cost", 0);
        all.put("unpriced", 0);
        all.put("estimated", 0);
        all.put("turnMs", 0);
        return all;
    }
}

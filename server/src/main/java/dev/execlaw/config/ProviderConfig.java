package dev.execlaw.config;

import java.net.URI;
import java.util.List;

/** Section {@code [provider.NAME]}: one model provider. NAME is its id in the API. */
public record ProviderConfig(
        @Setting(meaning = "Name shown to people. Empty: NAME itself.", byDefault = "")
        String name,

        @Setting(
                meaning =
                        "How it is spoken to: openai (OpenAI and all that are compatible), openrouter, anthropic or demo.",
                byDefault = "openai")
        Kind kind,

        @Setting(
                meaning = "Base URL of its API, up to and with /v1. Empty only for demo. Guests cannot change it.",
                byDefault = "")
        String baseUrl,

        @Setting(
                meaning =
                        "Models offered first, the first of them by default. Any other name is passed on, too. Empty: the provider's own list.",
                byDefault = "")
        List<String> models,

        @Setting(meaning = "Whether it refuses calls without a key.", byDefault = "true")
        boolean needsKey,

        @Setting(
                meaning = "Environment variable of the daemon that holds a key for sessions which bring none.",
                byDefault = "")
        String keyEnv) {

    /** How a provider is spoken to. */
    public enum Kind {
        OPENAI,
        OPENROUTER,
        ANTHROPIC,
        DEMO
    }

    public ProviderConfig {
        models = List.copyOf(models);
        if (!baseUrl.isEmpty()) {
            Check.that(isWeb(baseUrl), "base_url of a provider", baseUrl, "an http or https URL without ? and #");
        }
    }

    private static boolean isWeb(String url) {
        try {
            URI uri = URI.create(url);
            return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                    && uri.getHost() != null
                    && uri.getQuery() == null
                    && uri.getFragment() == null;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }
}

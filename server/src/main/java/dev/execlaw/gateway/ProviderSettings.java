package dev.execlaw.gateway;

import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A provider of models, as configured.
 *
 * @param id as sessions name it, e.g. {@code openrouter}
 * @param name for people
 * @param baseUrl of its API, up to and with {@code /v1}; null for {@code demo}
 * @param needsKey whether calls carry an API key
 * @param models known models, the default first; all but {@code demo} may have more
 */
public record ProviderSettings(
        String id, String name, Kind kind, @Nullable String baseUrl, boolean needsKey, List<String> models) {

    private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9_-]{0,39}");

    /** How a provider is spoken to. */
    public enum Kind {
        /** The built-in scripted model. */
        DEMO,
        /** {@code POST BASE/chat/completions} as OpenAI has it. */
        OPENAI_COMPATIBLE,
        /** The same with OpenRouter's additions. */
        OPENROUTER,
        /** {@code POST BASE/messages} as Anthropic has it. */
        ANTHROPIC
    }

    public ProviderSettings {
        Objects.requireNonNull(kind, "kind");
        models = List.copyOf(models);
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("provider id \"" + id
                    + "\" must be 1 to 40 of a-z, 0-9, - and _, beginning with a letter or digit");
        }
        if (kind != Kind.DEMO) {
            baseUrl = checkedUrl(id, Objects.requireNonNullElse(baseUrl, ""));
        } else if (models.isEmpty()) {
            throw new IllegalArgumentException("provider " + id + " has no model");
        }
    }

    /** Whether it tells what each call cost. */
    public boolean tellsCost() {
        return kind == Kind.OPENROUTER;
    }

    private static String checkedUrl(String id, String url) {
        boolean valid;
        try {
            URI uri = URI.create(url);
            valid = ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                    && uri.getHost() != null
                    && uri.getQuery() == null
                    && uri.getFragment() == null
                    && uri.getUserInfo() == null;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("base URL of provider " + id + " is no URL: \"" + url + "\"", e);
        }
        if (!valid) {
            throw new IllegalArgumentException("base URL of provider " + id + " is \"" + url
                    + "\"; it must be http or https with a host, without user, query or fragment");
        }
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }

    /** The model of a session that names none. */
    public Optional<String> defaultModel() {
        return models.stream().findFirst();
    }
}

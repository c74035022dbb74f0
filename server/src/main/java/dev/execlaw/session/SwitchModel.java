package dev.execlaw.session;

import org.jspecify.annotations.Nullable;

/**
 * Body of {@code PUT /sessions/{id}/model}.
 *
 * @param provider null for the session's own
 * @param model null for the provider's first
 * @param apiKey for that provider, kept for this session in place of the one it has; null where there is one
 */
public record SwitchModel(
        @Nullable String provider,
        @Nullable String model,
        @Nullable String apiKey) {

    @Override
    public String toString() {
        return "SwitchModel[" + provider + "/" + model + "]";
    }
}

package dev.execlaw.gateway;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The models of a provider, and how far that list can be relied on.
 *
 * @param models those that the configuration names first
 * @param asOf when it was so; null where nothing but the configuration was asked
 */
public record ModelListing(
        List<ModelInfo> models, From from, @Nullable Instant asOf) {

    /** Where a list is from. In JSON in lower case. */
    public enum From {
        /** The provider said so within the hour. */
        LIVE,
        /** The provider said so once; it does not answer now. */
        KEPT,
        /** It was documented when this server was built; the provider could not be asked or did not answer. */
        DOCUMENTED,
        /** The configuration names them, or they are built in. */
        CONFIGURED;

        @JsonValue
        public String json() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public ModelListing {
        models = List.copyOf(models);
        if ((from == From.CONFIGURED) != (asOf == null)) {
            throw new IllegalArgumentException("a list that is " + from + " cannot be as of " + asOf);
        }
    }
}

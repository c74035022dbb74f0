package dev.execlaw.original;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.execlaw.gateway.ModelInfo;
import dev.execlaw.gateway.ModelListing;
import dev.execlaw.gateway.Providers;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The models that a page offers for a provider. */
@FunctionalInterface
public interface ModelLists {

    /** The models of a provider, one of them the default; empty when there is no such provider. */
    Optional<List<Model>> of(String provider);

    /**
     * A model as a page offers it.
     *
     * @param free whether it costs nothing
     */
    record Model(
            String id, String name, @JsonProperty("default") boolean isDefault, boolean free) {

        static Model of(ModelInfo info) {
            boolean free = info.price() == null
                    ? info.id().endsWith(":free")
                    : info.price().free();
            return new Model(info.id(), info.name(), info.preferred(), free);
        }
    }

    /**
     * What the server knows of each provider.
     *
     * @param models of a provider that there is; may take seconds
     */
    static ModelLists of(Providers providers, Function<String, ModelListing> models) {
        return provider -> providers
                .find(provider)
                .map(known -> models.apply(known.id()).models().stream()
                        .map(Model::of)
                        .toList());
    }
}

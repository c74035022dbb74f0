package dev.execlaw.http;

import static dev.execlaw.http.Endpoint.endpoint;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.execlaw.gateway.ModelInfo;
import dev.execlaw.gateway.ModelListing;
import dev.execlaw.gateway.Price;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The operation on the models that providers offer. */
final class ModelEndpoints {

    private ModelEndpoints() {}

    /**
     * @param models of a provider; may take seconds
     */
    static List<Endpoint> all(Function<String, ModelListing> models) {
        return List.of(endpoint("GET", "/models", "listModels", "The models of a provider, and what they cost")
                .query(Endpoint.Parameter.text("provider", "Id of the provider, as in GET /system"))
                .returns(200, ModelList.class)
                .fails(ErrorCode.UNKNOWN_PROVIDER)
                .does(call -> list(call, models)));
    }

    private static ModelList list(Call call, Function<String, ModelListing> models) {
        String provider = call.query().getValue("provider");
        if (provider == null || provider.isBlank()) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST,
                    "The query names no provider.",
                    "Ask for /models?provider=ID with an id from GET /system.");
        }
        ModelListing listing = models.apply(provider);
        return new ModelList(listing.models().stream().map(Model::of).toList(), listing.from(), listing.asOf());
    }

    /**
     * Response of {@code GET /models}.
     *
     * @param asOf when the list was so; null where it is only what the configuration names
     */
    record ModelList(
            List<Model> models,
            ModelListing.From from,
            @Nullable Instant asOf) {}

    /**
     * One model.
     *
     * @param contextLength in tokens, null when it is not known
     * @param inputPricePerMillion tokens, in US dollars; null when it is not known
     * @param outputPricePerMillion likewise
     * @param preferred whether a session that names no model gets this one
     */
    record Model(
            String id,
            String name,
            @Nullable Integer contextLength,
            @Nullable Double inputPricePerMillion,
            @Nullable Double outputPricePerMillion,
            boolean free,
            @JsonProperty("default") boolean preferred) {

        static Model of(ModelInfo model) {
            Price price = model.price();
            return new Model(
                    model.id(),
                    model.name(),
                    model.contextLength(),
                    price == null ? null : (Double) price.input(),
                    price == null ? null : (Double) price.output(),
                    price != null && price.free(),
                    model.preferred());
        }
    }
}

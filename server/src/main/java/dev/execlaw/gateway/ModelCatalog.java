package dev.execlaw.gateway;

import dev.execlaw.gateway.ModelListing.From;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Nearest;
import dev.execlaw.problem.ProblemException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which models each provider has and what they cost: the provider's own list when it can be asked, kept for an hour; else
 * the last one it gave; else what was documented when this was built. Any thread may use it.
 */
public final class ModelCatalog {

    /** How old a list may become. */
    static final Duration FRESH = Duration.ofHours(1);

    /** How long a provider that did not answer is left in peace. */
    static final Duration AGAIN = Duration.ofMinutes(1);

    private static final int MOST_LISTS = 256;
    private static final Logger LOG = LoggerFactory.getLogger(ModelCatalog.class);

    private final Providers providers;
    private final Source source;
    private final InstantSource clock;
    private final Map<String, Account> accounts = new ConcurrentHashMap<>();

    ModelCatalog(Providers providers, Source source, InstantSource clock) {
        this.providers = providers;
        this.source = source;
        this.clock = clock;
    }

    /** Where live lists come from. */
    interface Source {
        /** A provider's own list; blocks, for a bounded time. */
        List<ModelInfo> list(ProviderSettings provider, Optional<String> key) throws IOException;
    }

    /**
     * A provider's models; those that the configuration names come first, and one of them all is preferred. May ask the
     * provider, and so take seconds: it is asked when it needs no key or one is given.
     *
     * @throws ProblemException with {@code UNKNOWN_PROVIDER}
     */
    public List<ModelInfo> models(String provider, Optional<String> key) {
        return listing(provider, key).models();
    }

    /** As {@link #models}, with how far the list can be relied on. */
    public ModelListing listing(String provider, Optional<String> key) {
        ProviderSettings settings = known(provider);
        boolean may = settings.kind() != ProviderSettings.Kind.DEMO && (key.isPresent() || !settings.needsKey());
        Told told = may ? account(settings, key).ask(settings, key) : Told.NOTHING;
        if (!told.models.isEmpty()) {
            boolean fresh = clock.instant().isBefore(told.at.plus(FRESH));
            return new ModelListing(merged(settings, told.models), fresh ? From.LIVE : From.KEPT, told.at);
        }
        List<ModelInfo> documented = BuiltInModels.of(settings);
        List<ModelInfo> all = merged(settings, documented);
        return documented.isEmpty()
                ? new ModelListing(all, From.CONFIGURED, null)
                : new ModelListing(
                        all,
                        From.DOCUMENTED,
                        BuiltInModels.asOf().atStartOfDay(ZoneOffset.UTC).toInstant());
    }

    /** The model of a session that names none; as {@link #models} otherwise. */
    public Optional<String> defaultModel(String provider, Optional<String> key) {
        Optional<String> configured = known(provider).defaultModel();
        return configured.isPresent()
                ? configured
                : models(provider, key).stream()
                        .filter(ModelInfo::preferred)
                        .map(ModelInfo::id)
                        .findFirst();
    }

    /** What a model costs as far as is known now. Never blocks. */
    public Optional<Price> price(String provider, String model) {
        return live(provider)
                .filter(known -> known.id().equals(model))
                .flatMap(known -> Optional.ofNullable(known.price()).stream())
                .findFirst()
                .or(() -> Prices.documented(providers).of(provider, model));
    }

    /** What someone probably meant who named a model that the provider does not have. Never blocks. */
    public Optional<String> nearest(String provider, String model) {
        List<String> ids = Stream.concat(
                        live(provider),
                        providers.find(provider).stream().flatMap(each -> BuiltInModels.of(each).stream()))
                .map(ModelInfo::id)
                .distinct()
                .toList();
        return Nearest.to(model, ids).filter(near -> !near.equals(model));
    }

    private ProviderSettings known(String provider) {
        return providers
                .find(provider)
                .orElseThrow(() -> new ProblemException(
                        ErrorCode.UNKNOWN_PROVIDER,
                        "There is no provider \"" + provider + "\".",
                        "Use one of: "
                                + String.join(
                                        ", ",
                                        providers.list().stream()
                                                .map(ProviderSettings::id)
                                                .toList())
                                + "."));
    }

    private Stream<ModelInfo> live(String provider) {
        return accounts.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(provider + " "))
                .flatMap(entry -> entry.getValue().told.models.stream());
    }

    private static List<ModelInfo> merged(ProviderSettings settings, List<ModelInfo> listed) {
        List<ModelInfo> all = new ArrayList<>();
        for (String id : settings.models()) {
            all.add(listed.stream()
                    .filter(model -> model.id().equals(id))
                    .findFirst()
                    .or(() -> BuiltInModels.find(settings, id))
                    .map(model -> new ModelInfo(id, model.name(), model.contextLength(), model.price(), false))
                    .orElseGet(() -> new ModelInfo(id, id, null, free(settings), false)));
        }
        listed.stream().filter(model -> !settings.models().contains(model.id())).forEach(all::add);
        String preferred = settings.models().stream()
                .findFirst()
                .or(() -> BuiltInModels.of(settings).stream()
                        .map(ModelInfo::id)
                        .filter(id -> all.stream().anyMatch(model -> model.id().equals(id)))
                        .findFirst())
                .or(() -> all.stream().map(ModelInfo::id).findFirst())
                .orElse("");
        return all.stream()
                .map(model -> model.preferred(model.id().equals(preferred)))
                .toList();
    }

    private static @Nullable Price free(ProviderSettings settings) {
        return settings.kind() == ProviderSettings.Kind.DEMO ? new Price(0, 0, 0.0) : null;
    }

    private Account account(ProviderSettings settings, Optional<String> key) {
        if (accounts.size() > MOST_LISTS) {
            accounts.clear();
        }
        return accounts.computeIfAbsent(settings.id() + " " + Anthropic.account(key.orElse(null)), _ -> new Account());
    }

    /** What a provider said of its models, and when. */
    private record Told(List<ModelInfo> models, Instant at) {
        static final Told NOTHING = new Told(List.of(), Instant.EPOCH);
    }

    /** One provider's list as one account sees it. */
    private final class Account {
        private final ReentrantLock asking = new ReentrantLock();
        /** Read by any thread without waiting for one that asks. */
        private volatile Told told = Told.NOTHING;

        private Instant next = Instant.MIN;

        Told ask(ProviderSettings settings, Optional<String> key) {
            asking.lock();
            try {
                if (clock.instant().isBefore(next)) {
                    return told;
                }
                told = new Told(List.copyOf(source.list(settings, key)), clock.instant());
                next = clock.instant().plus(FRESH);
            } catch (IOException e) {
                next = clock.instant().plus(AGAIN);
                LOG.warn("the models of provider {} cannot be listed: {}", settings.id(), e.getMessage());
            } finally {
                asking.unlock();
            }
            return told;
        }
    }
}

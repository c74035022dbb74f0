package dev.execlaw.key;

import dev.execlaw.gateway.KeyProbe;
import dev.execlaw.gateway.ProviderSettings;
import dev.execlaw.gateway.Providers;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.store.ProviderKeyRow;
import dev.execlaw.store.ProviderKeyTable;
import dev.execlaw.store.SecretBox;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keys in the database, before those of the environment. */
public final class StoredKeys implements Keys {

    private static final Logger LOG = LoggerFactory.getLogger(StoredKeys.class);

    private final Providers providers;
    private final ProviderKeyTable table;
    private final SecretBox secrets;
    private final Function<String, Optional<String>> environment;
    private final KeyProbe probe;
    private final InstantSource clock;

    /** What the table holds: sealed, so that a call need not ask the disk and memory does not have the key. */
    private final Map<String, ProviderKeyRow> stored = new ConcurrentHashMap<>();

    /**
     * Reads what is stored.
     *
     * @param environment the key that the environment has for a provider
     */
    public StoredKeys(
            Providers providers,
            ProviderKeyTable table,
            SecretBox secrets,
            Function<String, Optional<String>> environment,
            KeyProbe probe,
            InstantSource clock) {
        this.providers = providers;
        this.table = table;
        this.secrets = secrets;
        this.environment = environment;
        this.probe = probe;
        this.clock = clock;
        table.all().forEach(row -> stored.put(row.provider(), row));
    }

    /** The key of a provider for sessions that bring none; to be used at once and not kept. */
    public Optional<String> key(String provider) {
        ProviderKeyRow row = stored.get(provider);
        if (row == null) {
            return environment.apply(provider);
        }
        try {
            return Optional.of(secrets.unseal(owner(provider), row.sealed()));
        } catch (GeneralSecurityException e) {
            LOG.error("the stored key of {} cannot be decrypted; enter it again", provider, e);
            return Optional.empty();
        }
    }

    /** Whether there is a key for a provider. */
    public boolean has(String provider) {
        return stored.containsKey(provider) || environment.apply(provider).isPresent();
    }

    @Override
    public List<KeyView> list() {
        return providers.list().stream()
                .flatMap(provider -> view(provider.id()).stream())
                .toList();
    }

    private Optional<KeyView> view(String provider) {
        ProviderKeyRow row = stored.get(provider);
        return row == null
                ? environment
                        .apply(provider)
                        .map(key -> new KeyView(provider, KeyText.lastFour(key), null, KeySource.ENVIRONMENT))
                : Optional.of(view(row));
    }

    private static KeyView view(ProviderKeyRow row) {
        return new KeyView(row.provider(), row.lastFour(), Instant.ofEpochMilli(row.createdAt()), KeySource.STORED);
    }

    @Override
    public synchronized KeyView put(String provider, String key) {
        if (known(provider).kind() == ProviderSettings.Kind.DEMO) {
            throw new ProblemException(
                    ErrorCode.INVALID_REQUEST,
                    "provider " + provider + " is built in and takes no key",
                    "enter keys for providers that are called over the network");
        }
        String checked = KeyText.checked("key", key);
        ProviderKeyRow row = new ProviderKeyRow(
                provider, secrets.seal(owner(provider), checked), KeyText.lastFour(checked), clock.millis());
        table.put(row);
        stored.put(provider, row);
        LOG.info("a key of {} was stored", provider);
        return view(row);
    }

    @Override
    public synchronized void remove(String provider) {
        known(provider);
        if (!stored.containsKey(provider)) {
            throw new ProblemException(
                    ErrorCode.NOT_FOUND,
                    "no key of provider " + provider + " is stored here",
                    environment.apply(provider).isPresent()
                            ? "its key is of the server's environment: unset the variable there and start the server again"
                            : "see GET /api/v1/keys for those that are");
        }
        table.delete(provider);
        stored.remove(provider);
        LOG.info("the key of {} was removed", provider);
    }

    @Override
    public KeyTrial test(String provider) {
        ProviderSettings settings = known(provider);
        String key = key(provider)
                .orElseThrow(() -> new ProblemException(
                        ErrorCode.NOT_FOUND, "there is no key of provider " + provider, "enter one first"));
        KeyProbe.Answer answer = probe.ask(settings, key);
        return new KeyTrial(
                provider,
                switch (answer.verdict()) {
                    case TAKEN -> KeyTrial.Outcome.OK;
                    case REFUSED -> KeyTrial.Outcome.REFUSED;
                    case UNCLEAR -> KeyTrial.Outcome.UNKNOWN;
                },
                answer.words());
    }

    private ProviderSettings known(String provider) {
        return providers
                .find(provider)
                .orElseThrow(() -> new ProblemException(
                        ErrorCode.UNKNOWN_PROVIDER,
                        "there is no provider \"" + shortened(provider) + "\"",
                        "use one of: "
                                + String.join(
                                        ", ",
                                        providers.list().stream()
                                                .map(ProviderSettings::id)
                                                .toList())));
    }

    private static String shortened(String text) {
        return text.length() > 40 ? text.substring(0, 40) + "..." : text;
    }

    private static String owner(String provider) {
        return "provider/" + provider;
    }
}

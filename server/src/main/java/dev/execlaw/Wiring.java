package dev.execlaw;

import dev.execlaw.auth.Proxies;
import dev.execlaw.auth.RateLimit;
import dev.execlaw.config.Config;
import dev.execlaw.config.DataDirectory;
import dev.execlaw.config.ListenAddress;
import dev.execlaw.config.ProviderConfig;
import dev.execlaw.gateway.GatewaySettings;
import dev.execlaw.gateway.ProviderSettings;
import dev.execlaw.gateway.Providers;
import dev.execlaw.host.HostLimits;
import dev.execlaw.http.HttpSettings;
import dev.execlaw.microvm.qemu.QemuSettings;
import dev.execlaw.session.SessionDefaults;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns the configuration, which users write, into the settings that the parts take. */
record Wiring(Config config, DataDirectory data) {

    InetSocketAddress listen() {
        ListenAddress listen = config.server().listen();
        return new InetSocketAddress(listen.host(), listen.port());
    }

    HttpSettings http() {
        HttpSettings defaults = HttpSettings.defaults();
        return new HttpSettings(
                config.server().hosts(),
                new Proxies(config.server().trustedProxies().stream()
                        .map(Proxies.Network::parse)
                        .toList()),
                config.limits().bodyMib() << 20,
                new RateLimit(config.limits().requestsPerMin(), config.limits().burst()),
                defaults.strangers(),
                new RateLimit(config.limits().loginsPerMin(), config.limits().loginsPerMin()),
                config.limits().streams(),
                defaults.consoles(),
                defaults.heartbeat(),
                defaults.requestDeadline(),
                defaults.idleTimeout(),
                defaults.drain());
    }

    HostLimits hostLimits() {
        return new HostLimits(
                config.limits().memoryFloorMib(),
                HostLimits.DEFAULT.overheadMiB(),
                config.limits().diskFloorMib());
    }

    QemuSettings qemu(@Nullable Path probeKernel) {
        QemuSettings defaults = QemuSettings.of(data.cache(), probeKernel);
        return new QemuSettings(
                defaults.binary(),
                defaults.cache(),
                defaults.probeKernel(),
                Duration.ofSeconds(config.vm().probeTimeoutS()),
                defaults.translationCacheMiB(),
                (long) config.vm().consoleKeepMib() << 20);
    }

    GatewaySettings gateway() {
        GatewaySettings defaults = GatewaySettings.DEFAULTS;
        return new GatewaySettings(
                config.gateway().bodyMib() << 20,
                defaults.maxHeaderBytes(),
                defaults.maxAnswerBytes(),
                defaults.maxOutputChars(),
                defaults.callsPerSession(),
                defaults.connectionsPerSession(),
                defaults.keepAlive(),
                defaults.coalesce(),
                Duration.ofSeconds(config.gateway().connectTimeoutS()),
                Duration.ofSeconds(config.gateway().idleTimeoutS()),
                defaults.retries(),
                defaults.retryDelay());
    }

    Providers providers() {
        List<ProviderSettings> settings = new ArrayList<>();
        for (Map.Entry<String, ProviderConfig> entry : config.provider().entrySet()) {
            ProviderConfig provider = entry.getValue();
            boolean demo = provider.baseUrl().isEmpty();
            settings.add(new ProviderSettings(
                    entry.getKey(),
                    provider.name().isEmpty() ? entry.getKey() : provider.name(),
                    demo ? ProviderSettings.Kind.DEMO : ProviderSettings.Kind.OPENAI_COMPATIBLE,
                    demo ? null : provider.baseUrl(),
                    provider.needsKey(),
                    provider.models()));
        }
        return new Providers(settings);
    }

    /** The server's own key of a provider: what its environment variable holds. */
    Optional<String> serverKey(String provider) {
        ProviderConfig configured = config.provider().get(provider);
        if (configured == null || configured.keyEnv().isEmpty()) {
            return Optional.empty();
        }
        return Optional.ofNullable(System.getenv(configured.keyEnv())).filter(key -> !key.isBlank());
    }

    SessionDefaults sessionDefaults(Providers providers) {
        String provider = config.session().provider();
        String model = config.session().model().isEmpty()
                ? providers
                        .find(provider)
                        .flatMap(ProviderSettings::defaultModel)
                        .orElse("")
                : config.session().model();
        return new SessionDefaults(
                provider,
                model,
                config.session().agent(),
                config.session().vcpus(),
                config.session().memoryMib());
    }
}

package dev.execlaw;

import dev.execlaw.agent.Agents;
import dev.execlaw.auth.Proxies;
import dev.execlaw.auth.RateLimit;
import dev.execlaw.config.Config;
import dev.execlaw.config.DataDirectory;
import dev.execlaw.config.FirecrackerConfig;
import dev.execlaw.config.ListenAddress;
import dev.execlaw.config.PolicyConfig;
import dev.execlaw.config.ProviderConfig;
import dev.execlaw.gateway.Gateway;
import dev.execlaw.gateway.GatewaySettings;
import dev.execlaw.gateway.ProviderSettings;
import dev.execlaw.gateway.Providers;
import dev.execlaw.gateway.Room;
import dev.execlaw.host.HostLimits;
import dev.execlaw.http.HttpSettings;
import dev.execlaw.key.MasterKey;
import dev.execlaw.microvm.cgroup.Cgroups;
import dev.execlaw.microvm.firecracker.FirecrackerSettings;
import dev.execlaw.microvm.image.source.Architecture;
import dev.execlaw.microvm.image.source.SetupFirecracker;
import dev.execlaw.microvm.image.source.SetupFirecracker.Installed;
import dev.execlaw.microvm.linux.Capability;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.network.TapSettings;
import dev.execlaw.microvm.qemu.QemuSettings;
import dev.execlaw.session.NetworkPolicy;
import dev.execlaw.session.SessionDefaults;
import dev.execlaw.session.SessionParts;
import dev.execlaw.session.SessionPolicy;
import dev.execlaw.session.SessionTimings;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns the configuration, which users write, into the settings that the parts take. */
record Wiring(Config config, DataDirectory data) {

    private static final String ROOT = "root";

    /** What it takes to run a VMM as another user, in a view of the files that is made for it. A container may lack it. */
    private static final Set<Capability> FOR_ACCOUNTS =
            EnumSet.of(Capability.CHOWN, Capability.SETGID, Capability.SETUID, Capability.SYS_ADMIN, Capability.MKNOD);

    private static final int DNS_PORT = 53;

    /** Name of the control group that those of the machines are in. */
    private static final String CGROUP = "execlaw";

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
                config.limits().diskFloorMib(),
                config.vm().expectedMib());
    }

    QemuSettings qemu(@Nullable Path probeKernel) throws IOException {
        QemuSettings defaults = QemuSettings.of(data.cache(), probeKernel);
        return new QemuSettings(
                defaults.binary(),
                defaults.cache(),
                defaults.probeKernel(),
                Duration.ofSeconds(config.vm().probeTimeoutS()),
                defaults.translationCacheMiB(),
                (long) config.vm().consoleKeepMib() << 20,
                cgroupParent(),
                defaults.memoryOverheadMiB(),
                defaults.mountView());
    }

    /** User of the first slot's VMM; 0 where VMMs run as this process does, which only root in full can change. */
    int firstUid() throws IOException {
        return root() && Capability.effective().containsAll(FOR_ACCOUNTS)
                ? config.vm().firstUid()
                : 0;
    }

    private static boolean root() {
        return ROOT.equals(System.getProperty("user.name"));
    }

    TapSettings taps(NetworkPrefix prefix) {
        TapSettings defaults = TapSettings.of(prefix, data.cache());
        return new TapSettings(
                prefix,
                Gateway.GUEST_PORT,
                defaults.resolverPort(),
                defaults.state(),
                config.network().resolvers().stream()
                        .map(address -> new InetSocketAddress(address, DNS_PORT))
                        .toList());
    }

    /** What checkpoints may take of the disk. */
    SessionParts.CheckpointBudget checkpointBudget() {
        return new SessionParts.CheckpointBudget(
                config.session().checkpoints(),
                (long) config.limits().checkpointMibPerSession() << 20,
                (long) config.limits().checkpointMibTotal() << 20);
    }

    /** How long a machine may take to its shell's prompt. */
    Duration boot() {
        return Duration.ofSeconds(config.vm().bootTimeoutS());
    }

    /** How long sessions wait for what. */
    SessionTimings timings() {
        return SessionTimings.DEFAULT
                .withBoot(boot())
                .withDoze(Duration.ofSeconds(config.session().dozeAfterS()));
    }

    /** What every machine may take of the host. */
    Limits limits() {
        return new Limits(
                (long) config.vm().networkMibPerS() << 20,
                (long) config.vm().diskMibPerS() << 20,
                config.vm().diskOpsPerS());
    }

    /** Where machines have their control groups; null where this process may not make any. */
    @Nullable
    Path cgroupParent() throws IOException {
        return root() ? Cgroups.mount().map(mount -> mount.resolve(CGROUP)).orElse(null) : null;
    }

    /** How Firecracker is to be run; empty where it is not on this host. */
    Optional<FirecrackerSettings> firecracker() throws IOException {
        Optional<Installed> installed = new SetupFirecracker(data.root()).newest(Architecture.host());
        FirecrackerConfig wanted = config.firecracker();
        Optional<Path> binary = program(wanted.binary(), installed.map(Installed::firecracker));
        if (binary.isEmpty()) {
            return Optional.empty();
        }
        Path jailer = null;
        if (!wanted.jailer().equals(FirecrackerConfig.NO_JAILER)) {
            jailer = program(wanted.jailer(), installed.map(Installed::jailer))
                    .orElseThrow(() -> new IOException("the jailer \"" + wanted.jailer()
                            + "\" is nowhere, and Firecracker "
                            + binary.get() + " is not run without; set both up (execlaw setup firecracker), or set"
                            + " firecracker.jailer = \"none\""));
        }
        return Optional.of(new FirecrackerSettings(
                binary.get(),
                jailer,
                data.root(),
                wanted.jailBase().isEmpty() ? null : Path.of(wanted.jailBase()),
                CGROUP,
                null,
                false,
                (long) config.vm().consoleKeepMib() << 20));
    }

    /** A path as it is; a name as it was set up, else as PATH has it. */
    private static Optional<Path> program(String wanted, Optional<Path> installed) {
        if (wanted.contains("/")) {
            return Optional.of(Path.of(wanted));
        }
        return installed.or(() -> Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .map(directory -> Path.of(directory, wanted))
                .filter(Files::isExecutable)
                .findFirst());
    }

    GatewaySettings gateway() {
        GatewaySettings defaults = GatewaySettings.DEFAULTS;
        int body = config.gateway().bodyMib() << 20;
        return new GatewaySettings(
                body,
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
                defaults.retryDelay(),
                defaults.requestTime(),
                Math.max(defaults.roomBytes(), Room.least(body)));
    }

    /** The agents that sessions may name. */
    Agents agents() {
        Map<String, String> commands = new LinkedHashMap<>();
        config.agent().forEach((name, agent) -> commands.put(name, agent.command()));
        return Agents.with(commands);
    }

    Providers providers() {
        List<ProviderSettings> settings = new ArrayList<>();
        for (Map.Entry<String, ProviderConfig> entry : config.provider().entrySet()) {
            ProviderConfig provider = entry.getValue();
            settings.add(new ProviderSettings(
                    entry.getKey(),
                    provider.name().isEmpty() ? entry.getKey() : provider.name(),
                    kind(provider),
                    provider.baseUrl().isEmpty() ? null : provider.baseUrl(),
                    provider.needsKey(),
                    provider.models()));
        }
        return new Providers(settings);
    }

    private static ProviderSettings.Kind kind(ProviderConfig provider) {
        return switch (provider.kind()) {
            case DEMO -> ProviderSettings.Kind.DEMO;
            case OPENAI -> ProviderSettings.Kind.OPENAI_COMPATIBLE;
            case OPENROUTER -> ProviderSettings.Kind.OPENROUTER;
            case ANTHROPIC -> ProviderSettings.Kind.ANTHROPIC;
        };
    }

    /** What everything secret is encrypted with on disk. */
    MasterKey masterKey() {
        return MasterKey.of(data.root(), config.secrets().passphraseFile(), System.getenv());
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
                config.session().memoryMib(),
                config.session().idleTimeoutMin(),
                new NetworkPolicy(
                        config.network().policy().json(), config.network().allow()),
                policy(),
                config.session().keyModeDirectAllowed());
    }

    /** The policy of sessions that bring none. */
    private SessionPolicy policy() {
        PolicyConfig policy = config.policy();
        return new SessionPolicy(
                limit(policy.tokens()),
                policy.usCents() == 0 ? null : (Double) (policy.usCents() / 100.0),
                limit(policy.requests()),
                limit(policy.minutes()),
                policy.requestsPerMin() == 0 ? null : (Integer) policy.requestsPerMin(),
                limit(policy.tokensPerMin()));
    }

    private static @Nullable Long limit(int value) {
        return value == 0 ? null : (Long) (long) value;
    }
}

package dev.execlaw;

import dev.execlaw.gateway.Gateway;
import dev.execlaw.gateway.ProviderSettings;
import dev.execlaw.gateway.Providers;
import dev.execlaw.host.Capacity;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.host.ProcMemory;
import dev.execlaw.http.SystemInfo;
import dev.execlaw.key.StoredKeys;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.machine.Driver;
import dev.execlaw.session.KeyMode;
import dev.execlaw.session.NetworkView;
import dev.execlaw.session.SessionDefaults;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What the server is and has, read anew at each call. Any thread may ask. */
final class SystemReport implements Supplier<SystemInfo> {

    private static final long MIB = 1024L * 1024;

    private final String version;
    private final Driver driver;
    private final String driverReason;
    private final HostNetwork network;
    private final ImageStore images;
    private final Providers providers;
    private final StoredKeys keys;
    private final Wiring wiring;
    private final Capacity capacity;
    private final Gateway gateway;
    private final ProcMemory memory = new ProcMemory();
    private final InstantSource clock;
    private final Instant begin;

    SystemReport(
            String version,
            Driver driver,
            String driverReason,
            HostNetwork network,
            ImageStore images,
            Providers providers,
            StoredKeys keys,
            Wiring wiring,
            Capacity capacity,
            Gateway gateway,
            InstantSource clock) {
        this.version = version;
        this.driver = driver;
        this.driverReason = driverReason;
        this.network = network;
        this.images = images;
        this.providers = providers;
        this.keys = keys;
        this.wiring = wiring;
        this.capacity = capacity;
        this.gateway = gateway;
        this.clock = clock;
        this.begin = clock.instant();
    }

    @Override
    public SystemInfo get() {
        Driver.Accelerator accelerator = driver.accelerator();
        SessionDefaults defaults = wiring.sessionDefaults(providers);
        return new SystemInfo(
                version,
                driver.name(),
                driverReason,
                new SystemInfo.Accelerator(accelerator.kind(), accelerator.reason()),
                network(),
                NetworkView.of(network.mode(), null, defaults.network()).isolation(),
                Stream.concat(network.gaps().stream(), driver.gaps().stream()).toList(),
                host(),
                new SystemInfo.Capacity(capacity.capacityMiB(), capacity.reservedMiB()),
                imageInfos(),
                providers.list().stream().map(this::provider).toList(),
                wiring.agents().names(),
                keyModes(),
                new SystemInfo.Defaults(
                        defaults.provider(),
                        defaults.model(),
                        defaults.agent(),
                        defaults.vcpus(),
                        defaults.memoryMiB()),
                gateway.refusals(),
                Duration.between(begin, clock.instant()).toSeconds());
    }

    private List<KeyMode> keyModes() {
        boolean direct = wiring.config().session().keyModeDirectAllowed() && network.mode() == HostNetwork.Mode.TAP;
        return direct ? List.of(KeyMode.GATEWAY, KeyMode.DIRECT) : List.of(KeyMode.GATEWAY);
    }

    private SystemInfo.Network network() {
        return new SystemInfo.Network(
                network.mode().json(), network.reason(), network.prefix().toString(), network.obstacles());
    }

    private SystemInfo.Host host() {
        try {
            return new SystemInfo.Host(
                    Runtime.getRuntime().availableProcessors(),
                    memory.totalMiB(),
                    memory.availableMiB(),
                    Files.getFileStore(wiring.data().root()).getUsableSpace() / MIB,
                    ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
        } catch (IOException e) {
            throw new UncheckedIOException("the data directory's free space cannot be read: " + e.getMessage(), e);
        }
    }

    private List<SystemInfo.ImageInfo> imageInfos() {
        try {
            return images.list().stream().map(SystemReport::imageInfo).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("the images cannot be read: " + e.getMessage(), e);
        }
    }

    private static SystemInfo.ImageInfo imageInfo(Image image) {
        return new SystemInfo.ImageInfo(
                image.id(),
                image.recipe(),
                new SystemInfo.AgentInfo(image.agent().kind(), image.agent().version()));
    }

    private SystemInfo.ProviderInfo provider(ProviderSettings provider) {
        return new SystemInfo.ProviderInfo(
                provider.id(), provider.name(), provider.needsKey(), keys.has(provider.id()), provider.models());
    }
}

package dev.execlaw.doctor.check;

import dev.execlaw.config.Config;
import dev.execlaw.config.NetworkConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that checks get to see of a host; tests give another one.
 *
 * @param config what the server is told
 * @param root where the host's files begin, {@code /}
 * @param dataDirectory ours, which may not be there yet
 * @param listen where the server listens
 * @param providers addresses of model providers to reach; empty when that was not asked for
 * @param properties of the Java platform: {@code os.name}, {@code os.arch}, {@code java.vm.version} and such
 */
public record HostFacts(
        Config config,
        Path root,
        Path dataDirectory,
        InetSocketAddress listen,
        List<URI> providers,
        Map<String, String> properties,
        Clock clock,
        Programs programs,
        Network network,
        Installation installation) {

    public HostFacts {
        providers = List.copyOf(providers);
        properties = Map.copyOf(properties);
    }

    /** Whether machines are meant to have TAP devices, where that works. */
    boolean wantsTaps() {
        return config.network().mode() != NetworkConfig.Mode.USER;
    }

    /** A path of the host, given with its leading slash. */
    Path path(String absolute) {
        return root.resolve(absolute.substring(1));
    }

    /** A small file of the host, without white space at its ends; empty when there is none. */
    Optional<String> read(String absolute) throws IOException {
        try {
            return Optional.of(Files.readString(path(absolute)).strip());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** The data directory, or the nearest directory above it that is there. */
    Path existingDataDirectory() {
        Path path = dataDirectory.toAbsolutePath();
        while (!Files.exists(path)) {
            Path parent = path.getParent();
            if (parent == null) {
                return path;
            }
            path = parent;
        }
        return path;
    }
}

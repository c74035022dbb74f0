package dev.execlaw.cli;

import dev.execlaw.Daemon;
import dev.execlaw.auth.AccessToken;
import dev.execlaw.config.Config;
import dev.execlaw.config.DataDirectory;
import dev.execlaw.config.ListenAddress;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.Optional;

/** Makes the server from the configuration. */
final class ServerStarter implements DaemonStarter {

    @Override
    public RunningDaemon start(Config config, DataDirectory data, BuildId build, Optional<String> token)
            throws IOException {
        AccessToken access = token.isPresent() ? new AccessToken(token.get()) : AccessToken.keptIn(data.token());
        Daemon daemon = daemon(config, data, build, access);
        return new RunningDaemon() {
            @Override
            public ListenAddress address() {
                return new ListenAddress(
                        daemon.address().getHostString(), daemon.address().getPort());
            }

            @Override
            public String token() {
                return access.value();
            }

            @Override
            public List<String> stop() {
                return daemon.stop();
            }
        };
    }

    private static Daemon daemon(Config config, DataDirectory data, BuildId build, AccessToken access)
            throws IOException {
        try {
            return Daemon.start(config, data, build.version(), access);
        } catch (FileSystemException e) {
            throw e; // its message is a path alone; Main tells the rest
        } catch (IOException e) {
            throw new CliException(
                    "the server does not start: " + e.getMessage(),
                    "mend that and start it again; `execlaw doctor` looks at this host",
                    e);
        }
    }
}

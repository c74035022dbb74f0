package dev.execlaw.cli;

import dev.execlaw.config.Config;
import dev.execlaw.config.DataDirectory;
import java.util.Optional;

/** Makes the server from the configuration. */
final class ServerStarter implements DaemonStarter {

    @Override
    public RunningDaemon start(Config config, DataDirectory data, BuildId build, Optional<String> token) {
        throw new CliException("this build has no server yet", "take a later one");
    }
}

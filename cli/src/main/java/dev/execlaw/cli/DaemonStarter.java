package dev.execlaw.cli;

import dev.execlaw.config.Config;
import dev.execlaw.config.DataDirectory;
import dev.execlaw.config.ListenAddress;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Starts the server in this process: the one place where the command line meets the daemon. */
interface DaemonStarter {

    /**
     * Starts it and returns when it listens.
     *
     * @param token the API's token when the user chose one, else one is made and kept
     * @throws IOException when it cannot start; what was started has been stopped again
     */
    RunningDaemon start(Config config, DataDirectory data, BuildId build, Optional<String> token)
            throws IOException, InterruptedException;

    /** A daemon that listens. Any thread may call it. */
    interface RunningDaemon {

        /** Where it listens; the port is the real one where the system chose it. */
        ListenAddress address();

        /** The API's token. */
        String token();

        /** Stops it and returns what was done, one short sentence for each thing. */
        List<String> stop();
    }
}

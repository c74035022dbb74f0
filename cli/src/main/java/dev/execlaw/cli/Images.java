package dev.execlaw.cli;

import dev.execlaw.config.Config;
import dev.execlaw.config.DataDirectory;

/** The image that new sessions boot from. */
final class Images {

    private Images() {}

    /** Builds it if it is not there. */
    static void ensure(Config config, DataDirectory data) {}
}

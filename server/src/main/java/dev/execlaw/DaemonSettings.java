package dev.execlaw;

import dev.execlaw.gateway.GatewaySettings;
import dev.execlaw.gateway.Providers;
import dev.execlaw.host.HostLimits;
import dev.execlaw.session.SessionDefaults;
import dev.execlaw.session.SessionTimings;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the core of the daemon is told.
 *
 * @param data the data directory; made (0700) when it is missing
 * @param image recipe whose newest image new sessions get
 * @param keys the server's own key of a provider
 * @param keepMachines whether machines go on when the daemon ends well
 */
public record DaemonSettings(
        Path data,
        String image,
        Providers providers,
        Function<String, Optional<String>> keys,
        GatewaySettings gateway,
        HostLimits limits,
        SessionDefaults defaults,
        SessionTimings timings,
        boolean keepMachines) {

    /** Defaults for all but the data directory. */
    public static DaemonSettings of(Path data) {
        return new DaemonSettings(
                data,
                "debian",
                Providers.defaults(),
                _ -> Optional.empty(),
                GatewaySettings.DEFAULTS,
                HostLimits.DEFAULT,
                SessionDefaults.DEFAULT,
                SessionTimings.DEFAULT,
                false);
    }
}

package dev.execlaw.config;

import java.util.List;

/** Section {@code [server]}: where the daemon listens and keeps its data. */
public record ServerConfig(
        @Setting(
                meaning = "Address and port of the user interface and the API. Port 0 takes a free one.",
                byDefault = "127.0.0.1:8000")
        ListenAddress listen,

        @Setting(
                meaning = "Directory of everything that is kept. Empty: /var/lib/execlaw as root, else"
                        + " $XDG_DATA_HOME/execlaw.",
                byDefault = "")
        String dataDir,

        @Setting(
                meaning = "Further host names under which browsers may reach the server, e.g. behind a proxy.",
                byDefault = "")
        List<String> hosts,

        @Setting(
                meaning = "Addresses of reverse proxies whose X-Forwarded-For counts. Empty: it never counts.",
                byDefault = "")
        List<String> trustedProxies) {

    public ServerConfig {
        hosts = List.copyOf(hosts);
        trustedProxies = List.copyOf(trustedProxies);
        Check.that(!dataDir.contains("\0"), "server.data_dir", dataDir, "a path");
    }
}

package dev.execlaw.config;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The whole configuration. Immutable and valid: every section checked itself when it was made.
 *
 * @param agent agents by name, besides those that need no configuration
 * @param provider model providers by id, in the order of the built-in ones and then of the file
 */
public record Config(
        ServerConfig server,
        VmConfig vm,
        FirecrackerConfig firecracker,
        NetworkConfig network,
        ImageConfig image,
        SourcesConfig sources,
        SessionConfig session,
        Map<String, AgentConfig> agent,
        PolicyConfig policy,
        SecretsConfig secrets,
        Map<String, ProviderConfig> provider,
        GatewayConfig gateway,
        EmailConfig email,
        OriginalConfig original,
        LogConfig log,
        LimitsConfig limits) {

    public Config {
        agent = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(agent));
        provider = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(provider));
        if (!provider.containsKey(session.provider())) {
            throw new IllegalArgumentException("session.provider is \"" + session.provider() + "\", but there are only "
                    + String.join(", ", provider.keySet()));
        }
        if (original.openOnLoopback()
                && !(server.listen().loopback() && server.trustedProxies().isEmpty())) {
            throw new IllegalArgumentException("original.open_on_loopback is true, but server.listen is "
                    + server.listen() + " and server.trusted_proxies has "
                    + server.trustedProxies().size()
                    + " entries; it must be false where others can get at it");
        }
        if (original.exedevHeaders() && server.trustedProxies().isEmpty()) {
            throw new IllegalArgumentException("original.exedev_headers is true, but server.trusted_proxies is empty;"
                    + " name the proxy's address there, since everybody can send these headers");
        }
    }
}

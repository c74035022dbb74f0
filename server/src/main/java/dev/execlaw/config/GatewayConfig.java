package dev.execlaw.config;

/** Section {@code [gateway]}: the model API that guests see. */
public record GatewayConfig(
        @Setting(meaning = "Largest request of a guest in MiB.", byDefault = "32")
        int bodyMib,

        @Setting(meaning = "Seconds to connect to a provider.", byDefault = "10")
        int connectTimeoutS,

        @Setting(
                meaning = "Seconds a provider may stay silent before a call has failed; reasoning models think long.",
                byDefault = "300")
        int idleTimeoutS) {

    public GatewayConfig {
        Check.range("gateway.body_mib", bodyMib, 1, 1_024);
        Check.range("gateway.connect_timeout_s", connectTimeoutS, 1, 300);
        Check.range("gateway.idle_timeout_s", idleTimeoutS, 1, 86_400);
    }
}

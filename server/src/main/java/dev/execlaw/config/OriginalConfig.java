package dev.execlaw.config;

/** Section {@code [original]}: the endpoints under {@code /api/} that pages of the first ExeClaw use. */
public record OriginalConfig(
        @Setting(meaning = "Whether they are served.", byDefault = "true")
        boolean enabled,

        @Setting(
                meaning =
                        "Whether programs and browsers of this machine may use them without token and login. Only where"
                                + " server.listen is a loopback address and server.trusted_proxies is empty.",
                byDefault = "false")
        boolean openOnLoopback,

        @Setting(
                meaning = "Whether this is a machine of exe.dev: auto (its name ends in .exe.xyz), on or off.",
                byDefault = "auto")
        Platform exedev,

        @Setting(
                meaning =
                        "Whether the headers X-ExeDev-UserID and X-ExeDev-Email tell who asks. Only from an address in"
                                + " server.trusted_proxies; they let nobody in.",
                byDefault = "false")
        boolean exedevHeaders) {

    /** Whether something is so, or is to be found out. */
    public enum Platform {
        AUTO,
        ON,
        OFF
    }
}

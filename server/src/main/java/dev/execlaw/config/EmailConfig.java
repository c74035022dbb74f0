package dev.execlaw.config;

import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Section {@code [email]}: how transcripts are mailed, and to whom. */
public record EmailConfig(
        @Setting(
                meaning =
                        "How mail is sent: none, smtp (a mail server), or exedev (the gateway of an exe.dev machine).",
                byDefault = "none")
        Via via,

        @Setting(meaning = "Mail server, for smtp.", byDefault = "")
        String host,

        @Setting(meaning = "Its port: 587 with starttls, 465 with tls.", byDefault = "587")
        int port,

        @Setting(
                meaning = "How the connection is protected: starttls (it must begin so), tls (from its first byte), or"
                        + " none, with a password only to this machine itself.",
                byDefault = "starttls")
        Security security,

        @Setting(meaning = "Name to log in with. Empty: no login.", byDefault = "")
        String user,

        @Setting(
                meaning = "File with the password in its first line; nobody but its owner may read it.",
                byDefault = "")
        String passwordFile,

        @Setting(
                meaning = "Environment variable of the daemon with the password, where no file is named.",
                byDefault = "EXECLAW_SMTP_PASSWORD")
        String passwordEnv,

        @Setting(meaning = "Address that the mail is from, for smtp.", byDefault = "")
        String from,

        @Setting(
                meaning =
                        "Who may be sent mail: addresses (me@example.org) and domains (*@example.org). Nobody else is.",
                byDefault = "")
        List<String> recipients,

        @Setting(meaning = "Letters that may be sent in an hour, 1 to 1000.", byDefault = "20")
        int perHour,

        @Setting(meaning = "Seconds that sending one may take, 1 to 120.", byDefault = "20")
        int timeoutS,

        @Setting(
                meaning = "Address that gets the transcript of every session that is put to sleep because it was idle."
                        + " Empty: only whom a session's creator named.",
                byDefault = "")
        String onIdle,

        @Setting(meaning = "URL of the gateway, for exedev.", byDefault = "http://169.254.169.254/gateway/email/send")
        String gatewayUrl) {

    private static final Set<String> HERE = Set.of("localhost", "127.0.0.1", "::1");
    private static final Pattern RECIPIENT = Pattern.compile("(\\*|[A-Za-z0-9._+-]{1,64})@[A-Za-z0-9.-]{1,253}");
    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,253}");

    public EmailConfig {
        recipients = List.copyOf(recipients);
        Check.range("email.port", port, 1, 65_535);
        Check.range("email.per_hour", perHour, 1, 1_000);
        Check.range("email.timeout_s", timeoutS, 1, 120);
        for (String recipient : recipients) {
            Check.that(
                    RECIPIENT.matcher(recipient).matches(),
                    "email.recipients",
                    recipient,
                    "an address or *@ and a domain");
        }
        if (via == Via.SMTP) {
            Check.that(!host.isBlank(), "email.host", host, "the name of a mail server for email.via = \"smtp\"");
            Check.that(ADDRESS.matcher(from).matches(), "email.from", from, "an address for email.via = \"smtp\"");
        }
        if (via != Via.NONE) {
            Check.that(
                    !recipients.isEmpty(), "email.recipients", recipients, "at least one address or *@ and a domain");
            Check.that(isWeb(gatewayUrl), "email.gateway_url", gatewayUrl, "an http or https URL");
        }
        if (!onIdle.isEmpty()) {
            Check.that(ADDRESS.matcher(onIdle).matches(), "email.on_idle", onIdle, "an address");
        }
        Check.that(
                security != Security.NONE || user.isEmpty() || HERE.contains(host),
                "email.security",
                "none",
                "starttls or tls where email.user logs in to another machine, or the password could be read on the way");
    }

    private static boolean isWeb(String url) {
        try {
            URI uri = URI.create(url);
            return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) && uri.getHost() != null;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    /** How mail is sent. */
    public enum Via {
        NONE,
        SMTP,
        EXEDEV
    }

    /** How the connection to a mail server is protected. */
    public enum Security {
        STARTTLS,
        TLS,
        NONE
    }
}

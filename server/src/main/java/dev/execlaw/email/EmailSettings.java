package dev.execlaw.email;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * How mail is sent, and to whom.
 *
 * @param perHour letters that may be sent in an hour
 * @param deadline of one letter
 * @param onIdle address that gets the transcript of every session that sleeps because it was idle; empty for none
 */
public record EmailSettings(Way way, Recipients recipients, int perHour, Duration deadline, String onIdle) {

    /** Nobody gets mail. */
    public static final EmailSettings NONE =
            new EmailSettings(new Way.None(), new Recipients(List.of()), 1, Duration.ofSeconds(1), "");

    /** The way that letters leave by. */
    public sealed interface Way {

        /** None. */
        record None() implements Way {}

        /**
         * A mail server.
         *
         * @param security {@code starttls, tls, none}
         * @param user empty for no login
         */
        record Smtp(String host, int port, String security, String user, String password, String from) implements Way {

            @Override
            public String toString() {
                return "Smtp[" + host + ":" + port + ", " + security + ", from " + from + "]";
            }
        }

        /** The gateway of an exe.dev machine. */
        record ExeDev(URI gateway) implements Way {}
    }
}

package dev.execlaw.gateway;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/** How long a provider asks to wait: seconds or a date (RFC 9110, section 10.2.3), or OpenAI's milliseconds. */
final class RetryAfter {

    private static final String MILLISECONDS = "retry-after-ms";
    private static final long DAY = Duration.ofDays(1).toSeconds();

    private RetryAfter() {}

    /** Whole seconds from now, at least 0; 0 as well when nothing was said, or nothing that can be read. */
    static long seconds(HttpFields headers, Instant now) {
        String millis = headers.get(MILLISECONDS);
        if (millis != null && millis.strip().matches("\\d{1,9}")) {
            return (Long.parseLong(millis.strip()) + 999) / 1_000;
        }
        String value = headers.get(HttpHeader.RETRY_AFTER);
        if (value == null) {
            return 0;
        }
        String text = value.strip();
        return text.matches("\\d{1,9}") ? Long.parseLong(text) : until(text, headers.get(HttpHeader.DATE), now);
    }

    /** By the provider's own clock, when it tells it: ours may be wrong. */
    private static long until(String date, @Nullable String theirs, Instant ours) {
        try {
            Instant then = instant(date);
            Instant now = ours;
            if (theirs != null) {
                now = instant(theirs.strip());
            }
            return Math.clamp(Duration.between(now, then).toSeconds(), 0, DAY);
        } catch (DateTimeParseException e) {
            return 0;
        }
    }

    private static Instant instant(String date) {
        return ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    }
}

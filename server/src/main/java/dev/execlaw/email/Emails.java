package dev.execlaw.email;

import dev.execlaw.event.EventLog;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.session.SessionView;
import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends transcripts of sessions by mail, to whom the configuration allows, and not too often. Any thread may use it. */
public final class Emails {

    private static final Logger LOG = LoggerFactory.getLogger(Emails.class);

    /** Of the texts in one letter: mail servers take 10 MB and more, and a letter says everything twice. */
    private static final int MOST_CHARACTERS = 1_000_000;

    private final EmailSettings settings;
    private final EventLog log;
    private final InstantSource clock;
    private final Optional<Courier> courier;
    private final Bucket letters;

    public Emails(EmailSettings settings, EventLog log, InstantSource clock) {
        this.settings = settings;
        this.log = log;
        this.clock = clock;
        this.courier = courier(settings);
        this.letters = Bucket.builder()
                .addLimit(limit ->
                        limit.capacity(settings.perHour()).refillGreedy(settings.perHour(), Duration.ofHours(1)))
                .build();
    }

    private static Optional<Courier> courier(EmailSettings settings) {
        return switch (settings.way()) {
            case EmailSettings.Way.None _ -> Optional.empty();
            case EmailSettings.Way.Smtp smtp ->
                Optional.of(new SmtpCourier(
                        new SmtpCourier.Server(
                                smtp.host(),
                                smtp.port(),
                                SmtpCourier.Protection.valueOf(smtp.security().toUpperCase(Locale.ROOT)),
                                smtp.user(),
                                smtp.password()),
                        smtp.from(),
                        settings.deadline()));
            case EmailSettings.Way.ExeDev exeDev ->
                Optional.of(new ExeDevCourier(exeDev.gateway(), settings.deadline()));
        };
    }

    /** Whether mail can be sent at all. */
    public boolean available() {
        return courier.isPresent();
    }

    /** Whom it may be sent to. */
    public Recipients recipients() {
        return settings.recipients();
    }

    /** Address that the transcript of every idle session goes to; empty for none. */
    String onIdle() {
        return settings.onIdle();
    }

    /**
     * Sends the transcript and returns when the mail server has it.
     *
     * @param to null for the first address that the configuration names
     * @return where it was sent
     * @throws ProblemException with {@code NOT_CONFIGURED}, {@code RECIPIENT_REFUSED}, {@code RATE_LIMIT} or
     *     {@code EMAIL_FAILED}
     */
    public String send(SessionView session, @Nullable String to) {
        return send(session, to, "WebClaw Session: ", "");
    }

    /** Sends the transcript of a session that sleeps now because it was idle. */
    void sendIdle(SessionView session, String to) {
        String _ = send(
                session,
                to,
                "WebClaw Session (idle-killed): ",
                "This session was put to sleep because nobody used it. Nothing is lost: its next message wakes it.");
    }

    /** Refuses an address that may not be sent mail, as {@link #send} would. */
    public void require(String to) {
        if (courier.isEmpty()) {
            throw new ProblemException(
                    ErrorCode.NOT_CONFIGURED,
                    "This server sends no mail.",
                    "Configure [email]: via = \"smtp\" with host, from and recipients.");
        }
        if (!settings.recipients().allow(to)) {
            throw new ProblemException(
                    ErrorCode.RECIPIENT_REFUSED,
                    "Mail to \"" + to.replaceAll("\\p{Cntrl}", "?") + "\" is not allowed; allowed are "
                            + String.join(", ", settings.recipients().patterns()) + ".",
                    "Use one of these, or add the address to email.recipients.");
        }
    }

    private String send(SessionView session, @Nullable String wanted, String subject, String introduction) {
        String to = wanted == null || wanted.isBlank()
                ? settings.recipients().addresses().stream().findFirst().orElse("")
                : wanted.strip();
        require(to);
        var probe = letters.tryConsumeAndReturnRemaining(1);
        if (!probe.isConsumed()) {
            throw new ProblemException(
                    ErrorCode.RATE_LIMIT,
                    "The limit of " + settings.perHour() + " letters an hour is reached.",
                    "Try again in "
                            + (Duration.ofNanos(probe.getNanosToWaitForRefill()).toSeconds() + 1)
                            + " s; the limit is email.per_hour in the configuration.");
        }
        Transcript transcript = new TranscriptReader(MOST_CHARACTERS).read(log, session);
        Letter letter = new Letter(
                to,
                subject + session.name().replaceAll("\\p{Cntrl}", " "),
                TranscriptText.of(transcript, introduction, clock.instant()),
                TranscriptHtml.of(transcript, introduction, clock.instant()));
        try {
            courier.orElseThrow().deliver(letter);
        } catch (DeliveryException e) {
            LOG.warn("the transcript of session {} was not mailed: {}", session.id(), e.getMessage());
            throw new ProblemException(
                    ErrorCode.EMAIL_FAILED,
                    "The transcript was not mailed: " + e.getMessage() + ".",
                    "Look at [email] in the configuration, and try again.",
                    e);
        }
        LOG.info("the transcript of session {} was mailed", session.id());
        return to;
    }
}

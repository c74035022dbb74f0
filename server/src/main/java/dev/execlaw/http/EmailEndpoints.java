package dev.execlaw.http;

import static dev.execlaw.http.Endpoint.endpoint;

import dev.execlaw.email.Emails;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.session.Sessions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The operations on transcripts that leave by mail. */
final class EmailEndpoints {

    private final Sessions sessions;
    private final Emails emails;

    EmailEndpoints(Sessions sessions, Emails emails) {
        this.sessions = sessions;
        this.emails = emails;
    }

    List<Endpoint> all() {
        return List.of(
                endpoint("GET", "/email", "email", "Whether transcripts can be mailed, and to whom")
                        .returns(200, Possible.class)
                        .does(_ -> new Possible(
                                emails.available(), emails.recipients().patterns())),
                endpoint("POST", "/sessions/{id}/email", "emailSession", "Mails the session's transcript")
                        .returns(200, Sent.class)
                        .fails(
                                ErrorCode.NOT_FOUND,
                                ErrorCode.NOT_CONFIGURED,
                                ErrorCode.RECIPIENT_REFUSED,
                                ErrorCode.EMAIL_FAILED,
                                ErrorCode.UNKNOWN_FIELD)
                        .mayTake(Address.class, new Address(null), (call, body) -> {
                            return new Sent(emails.send(sessions.get(call.session()), body.to()));
                        }));
    }

    /** Response of {@code GET /email}; {@code recipients} are addresses and {@code *@domain}. */
    record Possible(boolean available, List<String> recipients) {

        Possible {
            recipients = List.copyOf(recipients);
        }
    }

    /** Body of {@code POST /sessions/{id}/email}; without it, the first address of the configuration. */
    record Address(@Nullable String to) {}

    /** Where it was sent. */
    record Sent(String to) {}
}

package dev.execlaw.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.email.EmailSettings;
import dev.execlaw.email.Emails;
import dev.execlaw.email.IdleEmails;
import dev.execlaw.email.Recipients;
import dev.execlaw.event.EventPayload;
import dev.execlaw.store.Database;
import dev.execlaw.store.IdleEmailTable;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Transcripts leave by a mail server; a double of one takes them. */
final class EmailTest {

    private static final String PASSWORD = "correct-horse-battery";

    @TempDir
    Path directory;

    private SmtpDouble smtp;
    private TestServer server;

    @BeforeEach
    void open() throws IOException {
        smtp = new SmtpDouble();
    }

    @AfterEach
    void close() throws IOException {
        if (server != null) {
            server.close();
        }
        smtp.close();
    }

    private EmailSettings settings(String security, int perHour, Duration deadline) {
        return new EmailSettings(
                new EmailSettings.Way.Smtp("127.0.0.1", smtp.port(), security, "claw", PASSWORD, "claw@server.example"),
                new Recipients(List.of("me@example.org", "*@team.example")),
                perHour,
                deadline,
                "");
    }

    private Emails start(EmailSettings settings) throws IOException {
        Emails[] made = new Emails[1];
        server = new TestServer(TestServer.settings(given -> given), test -> {
            made[0] = new Emails(settings, test.log, InstantSource.system());
            return new HttpParts(made[0], null, false, false);
        });
        return made[0];
    }

    private String conversation() throws Exception {
        String id = server.session();
        assertThat(server.call("GET", "/sessions/" + id).statusCode()).isEqualTo(200);
        server.log.append(id, new EventPayload.UserMessage("m1", "What is <b> in \u00fc?"));
        server.log.append(id, new EventPayload.Message("It is **bo", "p"));
        server.log.append(id, new EventPayload.Message("ld**.", "p"));
        server.log.append(
                id, new EventPayload.ToolCall("c1", "shell", JsonMapper.shared().readTree("{\"command\":\"ls\"}")));
        server.log.append(id, new EventPayload.ToolResult("c1", "a.txt\n.\nb.txt", "ok", 0, null));
        server.log.append(id, new EventPayload.TurnFinished("completed", ""));
        return id;
    }

    private HttpResponse<String> mail(String id, String body) throws Exception {
        return server.post("/sessions/" + id + "/email", body);
    }

    private String letter() throws InterruptedException {
        String letter = smtp.letters.poll(20, TimeUnit.SECONDS);
        assertThat(letter).as("a letter").isNotNull();
        return letter.replace("=\r\n", ""); // soft line breaks, RFC 2045, 6.7
    }

    @Test
    void theConversationArrivesAsTextAndHtml() throws Exception {
        start(settings("none", 20, Duration.ofSeconds(20)));
        HttpResponse<String> sent = mail(conversation(), "{\"to\":\"a.b@team.example\"}");
        assertThat(sent.body()).isEqualTo("{\"to\":\"a.b@team.example\"}");
        assertThat(smtp.commands)
                .contains("MAIL FROM:<claw@server.example>", "RCPT TO:<a.b@team.example>")
                .filteredOn(line -> line.startsWith("RCPT"))
                .hasSize(1);
        String letter = letter();
        assertThat(letter)
                .contains("Subject: WebClaw Session: session\r\n", "To: a.b@team.example\r\n")
                .contains("Content-Type: multipart/alternative")
                .contains("--- User ---", "What is <b> in =C3=BC?", "It is **bold**.", "--- Tool: shell ---")
                .contains("{\"command\":\"ls\"}", "a.txt\r\n..\r\nb.txt")
                .contains("What is &lt;b&gt; in =C3=BC?", "It is <b>bold</b>.")
                .doesNotContain(PASSWORD);
    }

    @Test
    void withoutAnAddressTheFirstOneGetsIt() throws Exception {
        start(settings("none", 20, Duration.ofSeconds(20)));
        assertThat(mail(conversation(), "").body()).isEqualTo("{\"to\":\"me@example.org\"}");
        assertThat(letter()).contains("To: me@example.org\r\n");
        assertThat(server.get("/email").body())
                .isEqualTo("{\"available\":true,\"recipients\":[\"me@example.org\",\"*@team.example\"]}");
    }

    @Test
    void nobodyElseGetsAnything() throws Exception {
        start(settings("none", 20, Duration.ofSeconds(20)));
        String id = conversation();
        for (String to :
                List.of("x@evil.example", "a@team.example\\r\\nBcc: x@evil.example", "a@team.example,x@e.org")) {
            HttpResponse<String> refused = mail(id, "{\"to\":\"" + to + "\"}");
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).contains("RECIPIENT_REFUSED", "me@example.org, *@team.example");
        }
        assertThat(smtp.commands).isEmpty();
    }

    @Test
    void thePasswordIsNotSentWhereItCouldBeRead() throws Exception {
        start(settings("starttls", 20, Duration.ofSeconds(20)));
        HttpResponse<String> refused = mail(conversation(), "{}");
        assertThat(refused.statusCode()).isEqualTo(502);
        assertThat(refused.body()).contains("EMAIL_FAILED", "STARTTLS").doesNotContain(PASSWORD);
        assertThat(smtp.commands).noneMatch(line -> line.startsWith("AUTH"));
    }

    @Test
    void aServerThatRefusesOrHangsIsSaid() throws Exception {
        start(settings("none", 20, Duration.ofSeconds(1)));
        String id = conversation();
        smtp.toRecipient = "550 no such user here";
        assertThat(mail(id, "{}").body()).contains("EMAIL_FAILED", "no such user here");
        smtp.mute = true;
        assertThat(mail(id, "{}").body()).contains("EMAIL_FAILED", "127.0.0.1:" + smtp.port());
    }

    @Test
    void lettersAreCounted() throws Exception {
        start(settings("none", 2, Duration.ofSeconds(20)));
        String id = conversation();
        assertThat(mail(id, "{}").statusCode()).isEqualTo(200);
        assertThat(mail(id, "{}").statusCode()).isEqualTo(200);
        assertThat(mail(id, "{}").statusCode()).isEqualTo(429);
        assertThat(smtp.letters).hasSize(2);
    }

    @Test
    void withoutConfigurationNothingIsSent() throws Exception {
        start(EmailSettings.NONE);
        HttpResponse<String> refused = mail(conversation(), "{\"to\":\"me@example.org\"}");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body()).contains("NOT_CONFIGURED", "[email]");
        assertThat(server.get("/email").body()).isEqualTo("{\"available\":false,\"recipients\":[]}");
    }

    @Test
    void aSessionThatSleepsBecauseItWasIdleIsMailed() throws Exception {
        Emails emails = start(settings("none", 20, Duration.ofSeconds(20)));
        String idle = conversation();
        String asked = conversation();
        try (Database database = Database.open(directory.resolve("test.db"));
                IdleEmails idleEmails =
                        new IdleEmails(emails, server.log, server.sessions, new IdleEmailTable(database))) {
            idleEmails.wanted(idle, "me@example.org");
            idleEmails.wanted(asked, "me@example.org");
            server.log.append(asked, new EventPayload.Paused("somebody asked for it", 5, 5));
            server.log.append(idle, new EventPayload.Paused(EventPayload.Paused.IDLE + "30 min, its limit", 5, 5));
            assertThat(letter())
                    .contains("Subject: WebClaw Session (idle-killed): session\r\n", "its next message wakes it");
            long head = server.log.head();
            assertThat(server.log.await(head - 1, Duration.ofSeconds(20))).isTrue();
            server.log.deleteSession(idle);
            server.log.append(asked, new EventPayload.Paused(EventPayload.Paused.IDLE + "5 min, its limit", 5, 5));
            assertThat(letter()).contains("WebClaw Session (idle-killed)");
            assertThat(new IdleEmailTable(database).of(idle)).isEmpty();
            assertThat(smtp.letters).isEmpty();
        }
    }
}

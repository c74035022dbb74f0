package dev.execlaw.email;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.execlaw.email.SmtpCourier.Protection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Mail over TLS and with a login, to a double of a mail server. */
class SmtpCourierTest {

    private static final String PASSWORD = "correct horse";
    private static final Letter LETTER = new Letter("me@example.org", "Subject", "the text", "<p>the text</p>");

    @TempDir
    private Path directory;

    private TlsSmtp server;

    @BeforeEach
    void start() throws Exception {
        server = new TlsSmtp(directory, "execlaw", PASSWORD);
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private SmtpCourier courier(Protection protection, String password, boolean trusted) throws Exception {
        server.implicit = protection == Protection.TLS;
        return new SmtpCourier(
                new SmtpCourier.Server("127.0.0.1", server.port(), protection, "execlaw", password),
                "execlaw@example.org",
                Duration.ofSeconds(10),
                trusted ? server.trusting() : null);
    }

    private static @Nullable DeliveryException refused(SmtpCourier courier) {
        return catchThrowableOfType(DeliveryException.class, () -> courier.deliver(LETTER));
    }

    private static String words(@Nullable DeliveryException refusal) {
        return refusal == null ? "" : String.valueOf(refusal.getMessage());
    }

    @ParameterizedTest
    @EnumSource(names = {"STARTTLS", "TLS"})
    void theLetterAndThePasswordGoOverTls(Protection protection) throws Exception {
        courier(protection, PASSWORD, true).deliver(LETTER);
        assertThat(server.letters)
                .singleElement()
                .satisfies(letter -> assertThat(letter).contains("Subject: Subject", "To: me@example.org", "the text"));
        assertThat(server.plain).noneMatch(line -> line.startsWith("AUTH") || line.startsWith("MAIL"));
        assertThat(server.secret).anyMatch(line -> line.startsWith("AUTH"));
        assertThat(server.plain.isEmpty()).isEqualTo(protection == Protection.TLS);
    }

    @ParameterizedTest
    @EnumSource(names = {"STARTTLS", "TLS"})
    void aWrongPasswordIsSaidAndNotQuoted(Protection protection) throws Exception {
        String said = words(refused(courier(protection, "wrong battery", true)));
        assertThat(said)
                .contains("refused the login of \"execlaw\"", "email.user or its password is wrong", "535")
                .doesNotContain("battery")
                .doesNotContain(Base64.getEncoder().encodeToString("wrong battery".getBytes(UTF_8)));
        assertThat(server.letters).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"STARTTLS", "TLS"})
    void aCertificateThatNobodyVouchesForGetsNeitherPasswordNorLetter(Protection protection) throws Exception {
        assertThat(words(refused(courier(protection, PASSWORD, false))))
                .contains("127.0.0.1:" + server.port(), "certification path");
        assertThat(everything()).noneMatch(line -> line.startsWith("AUTH") || line.startsWith("MAIL"));
    }

    @Test
    void aServerThatOffersNoTlsGetsNeither() throws Exception {
        server.offersTls = false;
        assertThat(words(refused(courier(Protection.STARTTLS, PASSWORD, true)))).contains("STARTTLS");
        assertThat(everything()).noneMatch(line -> line.startsWith("AUTH") || line.startsWith("MAIL"));
    }

    @Test
    void theNameOnTheCertificateMustBeTheServers() throws Exception {
        SmtpCourier courier = new SmtpCourier(
                new SmtpCourier.Server("localhost", server.port(), Protection.STARTTLS, "execlaw", PASSWORD),
                "execlaw@example.org",
                Duration.ofSeconds(10),
                server.trusting());
        assertThat(words(refused(courier))).contains("localhost");
        assertThat(everything()).noneMatch(line -> line.startsWith("AUTH") || line.startsWith("MAIL"));
    }

    private List<String> everything() {
        return java.util.stream.Stream.concat(server.plain.stream(), server.secret.stream())
                .toList();
    }
}

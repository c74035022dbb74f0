package dev.execlaw.email;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME;

import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.Authenticator;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.PasswordAuthentication;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** Sends letters by a mail server, each over a connection of its own. */
final class SmtpCourier implements Courier {

    private final Server server;
    private final String from;
    private final Duration deadline;
    private final @Nullable SSLSocketFactory trust;

    /**
     * The mail server.
     *
     * @param security how the connection is protected
     * @param user empty for no login
     */
    record Server(String host, int port, Protection security, String user, String password) {

        @Override
        public String toString() {
            return "Server[" + host + ":" + port + ", " + security + "]";
        }
    }

    /** How a connection is protected. */
    enum Protection {
        STARTTLS,
        TLS,
        NONE
    }

    SmtpCourier(Server server, String from, Duration deadline) {
        this(server, from, deadline, null);
    }

    /**
     * Like the others.
     *
     * @param trust makes TLS connections; null for Java's own, which trusts whom Java trusts
     */
    SmtpCourier(Server server, String from, Duration deadline, @Nullable SSLSocketFactory trust) {
        this.trust = trust;
        this.server = server;
        this.from = from;
        this.deadline = deadline;
    }

    /** The library's timeouts are for single reads: a server that sends a byte now and then would hold it for ever. */
    @Override
    public void deliver(Letter letter) throws DeliveryException {
        FutureTask<Boolean> sending = new FutureTask<>(() -> send(letter));
        Thread thread = Thread.ofVirtual().name("smtp").start(sending);
        try {
            Boolean _ = sending.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new DeliveryException(refusal(e.getCause()), e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            thread.interrupt();
            throw new DeliveryException(
                    "the mail server " + place() + " did not take the letter within " + deadline.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
            throw new DeliveryException("interrupted while a letter was sent", e);
        }
    }

    private String place() {
        return server.host() + ":" + server.port();
    }

    private String refusal(@Nullable Throwable cause) {
        Throwable last = cause;
        while (last instanceof MessagingException wrapper && wrapper.getCause() != null) {
            last = wrapper.getCause();
        }
        if (last instanceof AuthenticationFailedException) {
            return "the mail server " + place() + " refused the login of \"" + server.user()
                    + "\", so email.user or its password is wrong: " + said(last);
        }
        return "the mail server " + place() + " did not take the letter: " + said(last);
    }

    private static String said(@Nullable Throwable last) {
        String why = last == null || last.getMessage() == null ? String.valueOf(last) : last.getMessage();
        return why.strip();
    }

    private boolean send(Letter letter) throws MessagingException {
        Session session = Session.getInstance(properties(), login());
        MimeMessage message = message(session, letter);
        Transport transport = session.getTransport("smtp");
        try (transport) {
            transport.connect();
            transport.sendMessage(message, message.getAllRecipients());
        }
        return true;
    }

    private @Nullable Authenticator login() {
        if (server.user().isEmpty()) {
            return null;
        }
        PasswordAuthentication known = new PasswordAuthentication(server.user(), server.password());
        return new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                return known;
            }
        };
    }

    private Properties properties() {
        String millis = Long.toString(deadline.toMillis());
        Properties properties = new Properties();
        properties.setProperty("mail.from", from);
        properties.setProperty("mail.smtp.host", server.host());
        properties.setProperty("mail.smtp.port", Integer.toString(server.port()));
        properties.setProperty("mail.smtp.auth", Boolean.toString(!server.user().isEmpty()));
        properties.setProperty("mail.smtp.connectiontimeout", millis);
        properties.setProperty("mail.smtp.timeout", millis);
        properties.setProperty("mail.smtp.writetimeout", millis);
        properties.setProperty("mail.smtp.ssl.checkserveridentity", "true");
        SSLSocketFactory factory = trust;
        if (factory != null) {
            properties.put("mail.smtp.ssl.socketFactory", factory);
        }
        switch (server.security()) {
            case STARTTLS -> {
                properties.setProperty("mail.smtp.starttls.enable", "true");
                properties.setProperty("mail.smtp.starttls.required", "true");
            }
            case TLS -> properties.setProperty("mail.smtp.ssl.enable", "true");
            case NONE -> properties.setProperty("mail.smtp.starttls.enable", "false");
        }
        return properties;
    }

    private MimeMessage message(Session session, Letter letter) throws MessagingException {
        MimeBodyPart text = new MimeBodyPart();
        text.setText(letter.text(), UTF_8.name());
        MimeBodyPart html = new MimeBodyPart();
        html.setText(letter.html(), UTF_8.name(), "html");
        MimeMessage message = new MimeMessage(session);
        message.setFrom(new InternetAddress(from, true));
        message.setRecipient(Message.RecipientType.TO, new InternetAddress(letter.to(), true));
        message.setSubject(letter.subject(), UTF_8.name());
        message.setHeader("Date", RFC_1123_DATE_TIME.format(OffsetDateTime.now(ZoneOffset.UTC)));
        message.setContent(new MimeMultipart("alternative", text, html));
        message.saveChanges();
        return message;
    }
}

package dev.execlaw;

import dev.execlaw.config.Config;
import dev.execlaw.config.EmailConfig;
import dev.execlaw.config.OriginalConfig;
import dev.execlaw.email.EmailSettings;
import dev.execlaw.email.Recipients;
import dev.execlaw.original.ExeDev;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** Turns the configuration of mail and of exe.dev into the settings that their parts take. */
record OutsideWiring(Config config, Map<String, String> environment) {

    /** How mail is sent. Reads the password, which is nowhere else. */
    EmailSettings email() throws IOException {
        EmailConfig email = config.email();
        EmailSettings.Way way = switch (email.via()) {
            case NONE -> new EmailSettings.Way.None();
            case SMTP ->
                new EmailSettings.Way.Smtp(
                        email.host(),
                        email.port(),
                        email.security().name().toLowerCase(Locale.ROOT),
                        email.user(),
                        email.user().isEmpty() ? "" : password(email),
                        email.from());
            case EXEDEV -> new EmailSettings.Way.ExeDev(URI.create(email.gatewayUrl()));
        };
        return new EmailSettings(
                way,
                new Recipients(email.recipients()),
                email.perHour(),
                Duration.ofSeconds(email.timeoutS()),
                email.onIdle());
    }

    private String password(EmailConfig email) throws IOException {
        if (email.passwordFile().isEmpty()) {
            String password = Objects.requireNonNullElse(environment.get(email.passwordEnv()), "");
            if (password.isEmpty()) {
                throw new IOException("email.user is \"" + email.user() + "\", but there is no password: neither in the"
                        + " environment variable " + email.passwordEnv() + " nor is there email.password_file");
            }
            return password;
        }
        Path file = Path.of(email.passwordFile());
        try {
            String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
            if (!mode.endsWith("------")) {
                throw new IOException("others may read email.password_file " + file + " (" + mode
                        + "); take that away: chmod 600 " + file);
            }
            return Files.readString(file).lines().findFirst().orElse("").strip();
        } catch (NoSuchFileException e) {
            throw new IOException("there is no email.password_file " + file, e);
        }
    }

    /** exe.dev, as this host stands to it. */
    ExeDev exeDev() throws IOException {
        OriginalConfig.Platform platform = config.original().exedev();
        boolean here = switch (platform) {
            case ON -> true;
            case OFF -> false;
            case AUTO -> ExeDev.isMachine(Path.of("/proc/sys/kernel/hostname"), Path.of("/etc/hosts"));
        };
        return new ExeDev(here, ExeDev.COMMANDS);
    }
}

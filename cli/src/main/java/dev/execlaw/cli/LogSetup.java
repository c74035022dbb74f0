package dev.execlaw.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import dev.execlaw.config.LogConfig;
import org.slf4j.LoggerFactory;

/** The log on standard error. Set up in code: reading logback's XML would cost a tenth of the whole start. */
final class LogSetup {

    private static final String PATTERN = "%d{HH:mm:ss.SSS} %-5level %logger{0}: %msg%n";

    private LogSetup() {}

    /** Replaces whatever logging was set up before. */
    static void apply(LogConfig config) {
        apply((LoggerContext) LoggerFactory.getILoggerFactory(), config);
    }

    static void apply(LoggerContext context, LogConfig config) {
        context.reset();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setTarget("System.err");
        appender.setEncoder(config.json() ? json(context) : text(context));
        appender.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        Level level = Level.valueOf(config.level().name());
        root.setLevel(level.isGreaterOrEqual(Level.INFO) ? level : Level.INFO);
        context.getLogger("dev.execlaw").setLevel(level);
        context.getLogger("org.eclipse.jetty").setLevel(Level.WARN);
        // Whatever it warns of comes back as an exception too, and is told there.
        context.getLogger("org.apache.sshd").setLevel(Level.ERROR);
    }

    private static Encoder<ILoggingEvent> text(LoggerContext context) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        return encoder;
    }

    private static Encoder<ILoggingEvent> json(LoggerContext context) {
        JsonEncoder encoder = new JsonEncoder();
        encoder.setContext(context);
        encoder.start();
        return encoder;
    }
}

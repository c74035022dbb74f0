package dev.execlaw.microvm.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a {@link Command} was told beyond its arguments. */
@SuppressWarnings("ArrayRecordComponent") // the input is private to Command, which copies it
record Options(
        Duration timeout,
        Map<String, String> environment,
        boolean bare,
        boolean tied,
        @Nullable Path directory,
        byte @Nullable [] input,
        @Nullable Path inputFile,
        @Nullable Path outputFile,
        int outputLimit,
        Consumer<String> lines,
        List<String> secrets) {

    static final Options DEFAULT = new Options(
            Duration.ofMinutes(1), Map.of(), false, false, null, null, null, null, 1024 * 1024, line -> {}, List.of());

    Options {
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout is " + timeout + ", it must be positive");
        }
        if (outputLimit < 1) {
            throw new IllegalArgumentException("outputLimit is " + outputLimit + ", it must be at least 1");
        }
    }

    Options withTimeout(Duration value) {
        return new Options(
                value, environment, bare, tied, directory, input, inputFile, outputFile, outputLimit, lines, secrets);
    }

    Options withEnvironment(Map<String, String> value) {
        return new Options(
                timeout, value, bare, tied, directory, input, inputFile, outputFile, outputLimit, lines, secrets);
    }

    Options withBare(boolean value) {
        return new Options(
                timeout,
                environment,
                value,
                tied,
                directory,
                input,
                inputFile,
                outputFile,
                outputLimit,
                lines,
                secrets);
    }

    Options withTied(boolean value) {
        return new Options(
                timeout,
                environment,
                bare,
                value,
                directory,
                input,
                inputFile,
                outputFile,
                outputLimit,
                lines,
                secrets);
    }

    Options withDirectory(Path value) {
        return new Options(
                timeout, environment, bare, tied, value, input, inputFile, outputFile, outputLimit, lines, secrets);
    }

    Options withInput(byte[] value) {
        return new Options(
                timeout, environment, bare, tied, directory, value, inputFile, outputFile, outputLimit, lines, secrets);
    }

    Options withInputFile(Path value) {
        return new Options(
                timeout, environment, bare, tied, directory, input, value, outputFile, outputLimit, lines, secrets);
    }

    Options withOutputFile(Path value) {
        return new Options(
                timeout, environment, bare, tied, directory, input, inputFile, value, outputLimit, lines, secrets);
    }

    Options withOutputLimit(int value) {
        return new Options(
                timeout, environment, bare, tied, directory, input, inputFile, outputFile, value, lines, secrets);
    }

    Options withLines(Consumer<String> value) {
        return new Options(
                timeout, environment, bare, tied, directory, input, inputFile, outputFile, outputLimit, value, secrets);
    }

    Options withSecrets(List<String> value) {
        return new Options(
                timeout, environment, bare, tied, directory, input, inputFile, outputFile, outputLimit, lines, value);
    }
}

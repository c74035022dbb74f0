package dev.execlaw.microvm.image.base;

import dev.execlaw.microvm.image.ImageException;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Programs that unpack what strangers packed: bounded in time and in what they write, gone when this process is. */
final class Bounded {

    private static final Duration TIMEOUT = Duration.ofMinutes(10);
    private static final int STATUS_OF_SIGXFSZ = 128 + 25;

    private Bounded() {}

    /** A command that may make no file larger than {@code limit} bytes. */
    static Command command(long limit, String... argv) {
        List<String> all = new ArrayList<>(List.of("prlimit", "--fsize=" + limit, "--"));
        all.addAll(List.of(argv));
        return Command.of(all).tied().timeout(TIMEOUT);
    }

    /** Why it failed. */
    static ImageException explained(CommandException e, Object file, long limit, String otherwise) {
        boolean tooLarge = e.status() == STATUS_OF_SIGXFSZ
                || String.valueOf(e.getMessage()).contains("File too large");
        return new ImageException(
                tooLarge
                        ? file + " holds more than " + limit + " bytes, what an image of that size can hold; build with"
                                + " a larger --size"
                        : file + ": " + otherwise + ": " + e.getMessage(),
                e);
    }
}

package dev.execlaw.cli;

import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The terminal we are run from. */
final class Terminals {

    private static final int USUAL_WIDTH = 80;

    private Terminals() {}

    /** Columns of the terminal that standard error goes to; 0 where it goes elsewhere. */
    static int width() {
        if (!isTerminal(2)) {
            return 0;
        }
        try {
            String[] size = Command.of("stty", "size")
                    .inputFrom(Path.of("/dev/tty"))
                    .timeout(Duration.ofSeconds(2))
                    .runOrThrow()
                    .stdout()
                    .strip()
                    .split(" ", 2);
            int columns = Integer.parseInt(size[1]);
            return columns > 0 ? columns : USUAL_WIDTH;
        } catch (CommandException | NumberFormatException | ArrayIndexOutOfBoundsException _) {
            return USUAL_WIDTH; // a terminal that does not tell its size
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return USUAL_WIDTH;
        }
    }

    /** Whether one of our open files is a terminal. */
    static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException _) {
            return false; // it is closed
        }
    }
}

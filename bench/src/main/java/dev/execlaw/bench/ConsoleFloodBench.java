package dev.execlaw.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/** A guest that writes 50 MB to its console: is every byte kept, does the daemon stay small, does the agent answer? */
public final class ConsoleFloodBench {

    private static final int MEBIBYTES = 48;

    private ConsoleFloodBench() {}

    /**
     * Runs it.
     *
     * @param args launcher, data directory
     */
    public static void main(String[] args) throws IOException {
        Path data = Path.of(args[1]);
        try (RunningProduct product = new RunningProduct(Path.of(args[0]), data, 18_082)) {
            String id = product.create();
            product.awaitIdle(id);
            Path log = consoleLog(data, id);
            long bytesBefore = Files.size(log);
            long residentBefore = product.residentKiB();
            long begin = System.nanoTime();
            product.turn(
                    id, "run head -c " + MEBIBYTES + "M /dev/zero | tr '\\0' x > /dev/ttyS0", Duration.ofMinutes(9));
            double seconds = (System.nanoTime() - begin) / 1e9;
            long written = Files.size(log) - bytesBefore;
            long flood = MEBIBYTES * 1024L * 1024;
            boolean answers =
                    product.turn(id, "run echo alive", Duration.ofMinutes(1)).contains("alive");
            new Figures("Console flood of " + flood + " bytes")
                    .add("bytes in the console's log", written + " (flood " + flood + ")", ">= flood")
                    .add("lost", Math.max(0, flood - written) + " bytes", "0")
                    .add("rate", String.format("%.2f MB/s", flood / seconds / 1e6), "")
                    .add("daemon RSS before", residentBefore / 1024 + " MiB", "<= 120 MB idle")
                    .add("daemon RSS after", product.residentKiB() / 1024 + " MiB", "flat")
                    .add("session still answers", Boolean.toString(answers), "true")
                    .print();
            product.delete(id);
        }
    }

    private static Path consoleLog(Path data, String id) throws IOException {
        try (Stream<Path> files = Files.walk(data.resolve("machines").resolve(id))) {
            return files.filter(file -> file.getFileName().toString().contains("console"))
                    .filter(Files::isRegularFile)
                    .findFirst()
                    .orElseThrow(() -> new IOException("no console log of session " + id));
        }
    }
}

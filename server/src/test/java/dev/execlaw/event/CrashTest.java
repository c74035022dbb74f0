package dev.execlaw.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.store.Database;
import dev.execlaw.store.EventTable;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was acknowledged survives kill -9 of the process that appended it. */
class CrashTest {

    @TempDir
    Path directory;

    @Test
    void acknowledgedEventsSurviveKill() throws Exception {
        Path file = directory.resolve("execlaw.db");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        AppendingProcess.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        long acknowledged = 0;
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.matches("\\d+")) {
                    acknowledged = Long.parseLong(line);
                    if (acknowledged == 200) {
                        // By its handle: destroying the Process would close the pipe we still read.
                        process.toHandle().destroyForcibly();
                    }
                }
            }
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(137);
        assertThat(acknowledged).isGreaterThanOrEqualTo(200);
        try (Database database = Database.open(file)) {
            StoredEventLog log = new StoredEventLog(new EventTable(database), InstantSource.system());
            List<Event> events = log.page("crashing", 0, 1_000_000);
            assertThat(events.size()).isGreaterThanOrEqualTo((int) acknowledged);
            assertThat(events)
                    .extracting(event -> ((EventPayload.Notice) event.payload()).text())
                    .containsExactlyElementsOf(IntStream.rangeClosed(1, events.size())
                            .mapToObj(i -> "number " + i)
                            .toList());
            assertThat(log.head()).isEqualTo(events.getLast().cursor());
        }
    }
}

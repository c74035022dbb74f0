package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.execlaw.exec.Door;
import dev.execlaw.exec.GuestKey;
import dev.execlaw.exec.GuestShell;
import dev.execlaw.exec.SshGuests;
import dev.execlaw.exec.TestSshd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file of an agent's notes, over a real SSH wire. */
class NotebookTest {

    @TempDir
    Path data;

    private final List<String> lines = new CopyOnWriteArrayList<>();
    private TestSshd sshd;
    private SshGuests guests;
    private GuestShell shell;

    @BeforeEach
    void open() throws Exception {
        sshd = new TestSshd().admitAll();
        guests = new SshGuests();
        shell = guests.shell("s", new Door(GuestKey.generate(), sshd.hostKey(), () -> Optional.of(sshd.address())));
    }

    @AfterEach
    void close() throws Exception {
        shell.close();
        guests.close();
        sshd.close();
    }

    private void until(String... wanted) {
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(lines).containsExactly(wanted));
    }

    private static void write(Path file, String text) throws Exception {
        Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @Test
    void itIsReadFromWhereItEndedAndOnAfterTheConnectionBroke() throws Exception {
        Path file = data.resolve("notes");
        write(file, "an older turn\n");
        Notebook notebook = Notebook.open(shell, file.toString(), lines::add);
        write(file, "one\ntw");
        until("one");
        write(file, "o\n");
        until("one", "two");
        sshd.cut();
        write(file, "thr\u00e9\u00e9\n");
        until("one", "two", "thr\u00e9\u00e9");
        notebook.close();
        await().alias("nothing follows the file any more")
                .atMost(Duration.ofSeconds(10))
                .until(() -> ProcessHandle.allProcesses()
                        .noneMatch(process ->
                                process.info().commandLine().orElse("").contains(file.toString())));
    }

    @Test
    void aFileThatIsNotThereYetIsWaitedFor() throws Exception {
        Path file = data.resolve("later");
        Notebook notebook = Notebook.open(shell, file.toString(), lines::add);
        write(file, "first\n");
        until("first");
        notebook.close();
    }
}

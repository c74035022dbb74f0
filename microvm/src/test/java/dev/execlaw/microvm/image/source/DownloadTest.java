package dev.execlaw.microvm.image.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.image.Progress;
import dev.execlaw.microvm.image.source.AssetServer.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DownloadTest {

    private static final String PATH = "/nullclaw/releases/download/v1/nullclaw-linux-x86_64.bin";
    private static final Timeouts TIMEOUTS =
            new Timeouts(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofMillis(400), Duration.ofSeconds(30));

    @TempDir
    Path dir;

    private final List<Duration> pauses = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private AssetServer server;
    private byte[] bytes;
    private Path target;
    private long lastDone;

    @BeforeEach
    void start() throws IOException {
        server = new AssetServer();
        bytes = Samples.random(300_000, 7);
        server.put(PATH, bytes);
        target = dir.resolve("nullclaw");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void fetchesAFileAndTellsHowFarItIs() throws Exception {
        fetch(locked());
        assertFetched();
        assertThat(server.requests()).containsExactly("GET " + PATH);
        assertThat(lastDone).isEqualTo(bytes.length);
    }

    @Test
    void goesOnWhereTheConnectionBrokeOff() throws Exception {
        server.fail(PATH, Fault.TRUNCATE, Fault.TRUNCATE);
        fetch(locked());
        assertFetched();
        assertThat(server.requests())
                .containsExactly("GET " + PATH, "GET " + PATH + " bytes=150000-", "GET " + PATH + " bytes=225000-");
        assertThat(notes).hasSize(2).allMatch(note -> note.contains("trying again"));
    }

    @Test
    void aServerThatIgnoresTheRangeIsReadFromTheStart() throws Exception {
        server.fail(PATH, Fault.TRUNCATE, Fault.RANGE_IGNORED);
        fetch(locked());
        assertFetched();
    }

    @Test
    void aServerThatGivesAnotherRangeIsAskedAgainFromTheStart() throws Exception {
        server.fail(PATH, Fault.TRUNCATE, Fault.WRONG_RANGE);
        fetch(locked());
        assertFetched();
        assertThat(server.requests()).last().isEqualTo("GET " + PATH);
    }

    @Test
    void aFileThatChangedMeanwhileIsReadFromTheStart() throws Exception {
        server.fail(PATH, Fault.STALL);
        byte[] changed = Samples.random(200_000, 8);
        Download download = download(TIMEOUTS, 5, pause -> server.put(PATH, changed));
        download.fetch(server.uri(PATH), target, unlocked(), Progress.NONE);
        assertThat(target).hasBinaryContent(changed);
        assertThat(server.requests()).hasSize(2).last().asString().contains("bytes=150000-");
    }

    @Test
    void withoutATagTheMixOfTwoVersionsIsSeenByTheHashAndFetchedAgain() throws Exception {
        server.withoutTags();
        server.put(PATH, Samples.random(300_000, 8));
        server.fail(PATH, Fault.TRUNCATE);
        Download download = download(TIMEOUTS, 5, pause -> server.put(PATH, bytes));
        download.fetch(server.uri(PATH), target, locked(), noting());
        assertFetched();
        assertThat(notes).anyMatch(note -> note.contains("from the start"));
    }

    @Test
    void aFileThatIsAlwaysCutOffFailsAndWithoutATagLeavesNothing() {
        server.withoutTags();
        Fault[] cuts = new Fault[5];
        Arrays.fill(cuts, Fault.TRUNCATE);
        server.fail(PATH, cuts);
        assertRefused(unlocked(), "in 5 attempts", "https_proxy", "give the file itself");
        assertThat(server.requests()).hasSize(5);
    }

    @Test
    void aBrokenDownloadIsGoneOnWithByTheNext() throws Exception {
        server.fail(PATH, Fault.TRUNCATE, Fault.UNAVAILABLE);
        Download impatient = download(TIMEOUTS, 2, pauses::add);
        assertThatThrownBy(() -> impatient.fetch(server.uri(PATH), target, unlocked(), Progress.NONE))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("answered 503")
                .hasMessageContaining("150000 bytes are kept");
        assertThat(files()).containsExactlyInAnyOrder("nullclaw.part", "nullclaw.part.from");

        fetch(unlocked());
        assertFetched();
        assertThat(server.requests()).last().isEqualTo("GET " + PATH + " bytes=150000-");
    }

    @Test
    void whatIsLeftOfAnotherAddressIsNotTakenOver() throws Exception {
        Files.writeString(dir.resolve("nullclaw.part"), "something else");
        Files.writeString(dir.resolve("nullclaw.part.from"), "http://elsewhere/x\n\"tag\"\n");
        fetch(unlocked());
        assertFetched();
        assertThat(server.requests()).containsExactly("GET " + PATH);
    }

    @Test
    void aWrongHashIsFatalAndNamesBoth() throws IOException {
        Files.writeString(target, "what was there");
        String wanted = Samples.sha256(new byte[0]);
        assertThatThrownBy(() -> fetch(new Expected(FileKind.ELF, Architecture.X86_64, -1, wanted)))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining(PATH)
                .hasMessageContaining("expected " + wanted)
                .hasMessageContaining(Samples.sha256(bytes))
                .hasMessageContaining("execlaw image lock");
        assertThat(target).hasContent("what was there");
        assertThat(files()).containsExactly("nullclaw");
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void aWrongSizeIsSeenBeforeTheFileIsFetched() {
        assertRefused(new Expected(FileKind.ELF, Architecture.X86_64, 299_999, null), "300000", "299999");
        assertRefused(new Expected(FileKind.ELF, Architecture.X86_64, 300_001, null), "300000", "300001");
    }

    @Test
    void anAnswerWithoutALengthEndsAtTheLockedSize() {
        server.fail(PATH, Fault.NO_LENGTH);
        assertRefused(new Expected(FileKind.ELF, Architecture.X86_64, 100_000, null), "more than the 100000 bytes");
    }

    @Test
    void aMissingFileIsNotAskedForTwice() {
        assertRefused("/bucket/none", unlocked(), "answered 404", "no such file");
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void aBusyServerIsAskedAgainAfterGrowingPauses() throws Exception {
        server.fail(PATH, Fault.UNAVAILABLE, Fault.UNAVAILABLE, Fault.UNAVAILABLE);
        fetch(locked());
        assertFetched();
        assertThat(pauses).hasSize(3);
        for (int i = 0; i < 3; i++) {
            assertThat(pauses.get(i).toMillis()).isBetween(50L << i, 100L << i);
        }
    }

    @Test
    void aServersOwnPauseIsKept() throws Exception {
        server.fail(PATH, Fault.UNAVAILABLE_FOR_TWO_SECONDS);
        fetch(locked());
        assertThat(pauses).containsExactly(Duration.ofSeconds(2));
    }

    @Test
    void aSlowServerIsWaitedForAndASilentOneIsNot() throws Exception {
        bytes = Samples.random(4_000, 9);
        server.put(PATH, bytes);
        server.fail(PATH, Fault.DRIP);
        fetch(locked());
        assertFetched();
        assertThat(server.requests()).hasSize(1);

        Files.delete(target);
        server.fail(PATH, Fault.STALL);
        fetch(locked());
        assertFetched();
        assertThat(server.requests()).hasSize(3).last().isEqualTo("GET " + PATH + " bytes=2000-");
        assertThat(notes).singleElement().asString().contains("not a byte came for 400 ms");
    }

    @Test
    void theWholeHasADeadline() {
        server.fail(PATH, Fault.DRIP);
        Timeouts brief = new Timeouts(
                Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(1));
        Download download = download(brief, 5, pauses::add);
        assertThatThrownBy(() -> download.fetch(server.uri(PATH), target, unlocked(), Progress.NONE))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("took longer than 1 s");
        assertThat(target).doesNotExist();
    }

    @Test
    void followsRedirects() throws Exception {
        server.redirect("/old", "/older");
        server.redirect("/older", PATH);
        download(TIMEOUTS, 5, pauses::add).fetch(server.uri("/old"), target, locked(), Progress.NONE);
        assertFetched();
    }

    @Test
    void doesNotRunInCircles() {
        server.redirect("/a", "/b");
        server.redirect("/b", "/a");
        assertRefused("/a", unlocked(), "redirects to");
    }

    @Test
    void aWebPageInsteadOfTheFileIsSaidSo() {
        server.fail(PATH, Fault.HTML);
        assertRefused(unlocked(), "gives a web page, not a file", "Please log in");
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void aFileOfAnotherKindIsRefused() throws IOException {
        server.put(PATH, "just some text".getBytes(StandardCharsets.UTF_8));
        assertRefused(unlocked(), "is not an ELF file", "just some text");
        server.put(PATH, Samples.elfFor(Architecture.AARCH64));
        assertRefused(unlocked(), "is an ELF file for aarch64: take the one for x86_64");
        server.put(PATH, new byte[0]);
        assertRefused(unlocked(), "is not an ELF file");
    }

    @Test
    void aConnectionThatIsResetIsTriedAgain() throws Exception {
        try (ServerSocket gate = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> resets = CompletableFuture.runAsync(() -> {
                try {
                    for (int i = 0; i < 2; i++) {
                        Socket socket = gate.accept();
                        socket.setSoLinger(true, 0);
                        socket.getInputStream().read();
                        socket.close();
                    }
                    gate.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            URI uri = URI.create("http://127.0.0.1:" + gate.getLocalPort() + "/x");
            assertThatThrownBy(() -> download(TIMEOUTS, 3, pauses::add).fetch(uri, target, unlocked(), noting()))
                    .isInstanceOf(SourceException.class)
                    .hasMessageContaining("in 3 attempts")
                    .hasMessageContaining("no connection");
            resets.get(10, TimeUnit.SECONDS);
        }
        assertThat(notes).hasSize(2);
        assertThat(files()).isEmpty();
    }

    @Test
    void aFullDiskIsSeenBeforeAnythingIsWritten() {
        Download download =
                new Download(web(TIMEOUTS), retry(5, pauses::add), directory -> Download.FLOOR_BYTES + 100_000);
        assertThatThrownBy(() -> download.fetch(server.uri(PATH), target, unlocked(), Progress.NONE))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("no space")
                .hasMessageContaining("256 MiB are free");
        assertThat(files()).isEmpty();
    }

    @Test
    void twoDownloadsOfOneFileDoNotMix() throws Exception {
        try (FileChannel other =
                FileChannel.open(dir.resolve("nullclaw.part"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            other.lock();
            assertThatThrownBy(() -> fetch(unlocked()))
                    .isInstanceOf(SourceException.class)
                    .hasMessageContaining("another download writes");
        }
    }

    @Test
    void anInterruptEndsItAndLeavesNothing() throws Exception {
        server.fail(PATH, Fault.STALL);
        Timeouts patient = new Timeouts(
                Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofSeconds(60));
        Download download = download(patient, 5, pauses::add);
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                download.fetch(server.uri(PATH), target, unlocked(), noting());
            } catch (Exception e) {
                failure.complete(e);
            }
        });
        Awaitility.await().until(() -> Files.exists(dir.resolve("nullclaw.part")));
        thread.interrupt();
        assertThat(failure.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        assertThat(files()).isEmpty();
    }

    private void assertFetched() {
        assertThat(target).hasBinaryContent(bytes);
        assertThat(files()).containsExactly("nullclaw");
    }

    private void assertRefused(Expected expected, String... said) {
        assertRefused(PATH, expected, said);
    }

    private void assertRefused(String path, Expected expected, String... said) {
        assertThatThrownBy(() ->
                        download(TIMEOUTS, 5, pauses::add).fetch(server.uri(path), target, expected, Progress.NONE))
                .isInstanceOf(SourceException.class)
                .hasMessageContainingAll(said);
        assertThat(files()).isEmpty();
    }

    private List<String> files() {
        try (Stream<Path> all = Files.list(dir)) {
            return all.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void fetch(Expected expected) throws IOException, InterruptedException {
        download(TIMEOUTS, 5, pauses::add).fetch(server.uri(PATH), target, expected, noting());
    }

    private Expected locked() {
        return new Expected(FileKind.ELF, Architecture.X86_64, bytes.length, Samples.sha256(bytes));
    }

    private static Expected unlocked() {
        return new Expected(FileKind.ELF, Architecture.X86_64, -1, null);
    }

    private static Download download(Timeouts timeouts, int attempts, Retry.Pause pause) {
        return new Download(web(timeouts), retry(attempts, pause), directory -> 1L << 40);
    }

    private static Web web(Timeouts timeouts) {
        return Web.of(Map.of(), timeouts);
    }

    private static Retry retry(int attempts, Retry.Pause pause) {
        return new Retry(attempts, Duration.ofMillis(100), Duration.ofSeconds(3), new Random(1), pause);
    }

    private Progress noting() {
        return new Progress() {
            @Override
            public void begin(String step) {}

            @Override
            public void advance(long done, long total, Unit unit) {
                lastDone = done;
            }

            @Override
            public void note(String line) {
                notes.add(line);
            }

            @Override
            public void end(String step, Duration took) {}
        };
    }
}

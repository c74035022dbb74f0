package dev.execlaw.microvm.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.linux.Fifo;
import dev.execlaw.microvm.linux.OpenFile;
import dev.execlaw.microvm.process.Command;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The test plays the VMM: it appends to the log and reads the FIFO. */
@Timeout(60)
class SerialConsoleTest {

    private static final int KEPT = 1 << 20;
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    private Path directory;

    private Path log;
    private Path fifo;

    @BeforeEach
    void files() throws Exception {
        log = Files.createFile(directory.resolve("log"));
        fifo = directory.resolve("fifo");
        Fifo.create(fifo);
    }

    @Test
    void bytesArriveOneByOneAndAtOnce() throws Exception {
        try (SerialConsole console = SerialConsole.open(log, fifo, KEPT);
                OutputStream guest = Files.newOutputStream(log, StandardOpenOption.APPEND)) {
            Console.Reader reader = console.reader(0);
            long slowest = 0;
            for (int i = 0; i < 500; i++) {
                long begin = System.nanoTime();
                guest.write(i);
                byte[] one = new byte[10];
                assertThat(reader.read(one, SOON)).isEqualTo(1);
                assertThat(one[0]).isEqualTo((byte) i);
                slowest = Math.max(slowest, System.nanoTime() - begin);
            }
            assertThat(reader.offset()).isEqualTo(500);
            assertThat(Duration.ofNanos(slowest)).isLessThan(Duration.ofSeconds(2));
        }
    }

    @Test
    void floodIsWholeForAReaderThatKeepsUpAndForOneThatComesLate() throws Exception {
        byte[] flood = new byte[KEPT];
        for (int i = 0; i < flood.length; i++) {
            flood[i] = (byte) ((i * 31) >> 3);
        }
        try (SerialConsole console = SerialConsole.open(log, fifo, 2L * KEPT)) {
            CompletableFuture<byte[]> live = CompletableFuture.supplyAsync(() -> readAll(console, flood.length));
            Files.write(log, flood, StandardOpenOption.APPEND);
            assertThat(live.get(30, TimeUnit.SECONDS)).isEqualTo(flood);
            assertThat(readAll(console, flood.length)).isEqualTo(flood);
        }
    }

    @Test
    void oldBytesGiveTheirSpaceBackAndOffsetsStay() throws Exception {
        byte[] block = new byte[1 << 16];
        try (SerialConsole console = SerialConsole.open(log, fifo, KEPT)) {
            for (int i = 0; i < 64; i++) {
                Arrays.fill(block, (byte) i);
                Files.write(log, block, StandardOpenOption.APPEND);
            }
            Console.Reader end = console.reader(64L * block.length - 1);
            assertThat(end.read(new byte[1], SOON)).isEqualTo(1);
            assertThat(console.end()).isEqualTo(64L * block.length);
            assertThat(console.end() - console.begin()).isBetween((long) KEPT, KEPT + KEPT / 16L);
            Console.Reader reader = console.reader(0);
            assertThat(reader.offset()).isEqualTo(console.begin());
            byte[] read = new byte[1];
            assertThat(reader.read(read, SOON)).isEqualTo(1);
            assertThat(read[0]).isEqualTo((byte) ((reader.offset() - 1) / block.length));
        }
        assertThat(Files.size(log)).isEqualTo(64L * block.length);
        String kib =
                Command.of("du", "-k", log.toString()).runOrThrow().stdout().split("\t", 2)[0];
        assertThat(Integer.parseInt(kib)).isLessThan(2048);
        try (SerialConsole again = SerialConsole.open(log, fifo, KEPT)) {
            assertThat(again.end()).isEqualTo(64L * block.length);
            assertThat(again.end() - again.begin()).isBetween((long) KEPT, KEPT + KEPT / 16L);
        }
    }

    @Test
    void readerThatIsTooSlowJumpsAhead() throws Exception {
        try (SerialConsole console = SerialConsole.open(log, fifo, KEPT)) {
            Console.Reader slow = console.reader(0);
            Console.Reader fast = console.reader(0);
            Files.write(log, new byte[4 * KEPT], StandardOpenOption.APPEND);
            byte[] buffer = new byte[1 << 16];
            while (fast.offset() < 4L * KEPT) {
                assertThat(fast.read(buffer, SOON)).isPositive();
            }
            assertThat(slow.read(buffer, SOON)).isPositive();
            assertThat(slow.offset()).isGreaterThan(console.begin());
        }
    }

    @Test
    void endIsToldAfterTheLastByte() throws Exception {
        SerialConsole console = SerialConsole.open(log, fifo, KEPT);
        Console.Reader reader = console.reader(0);
        assertThat(reader.read(new byte[1], Duration.ofMillis(10))).isZero();
        Files.write(log, new byte[] {'x'}, StandardOpenOption.APPEND);
        console.finish();
        assertThat(reader.read(new byte[1], SOON)).isEqualTo(1);
        assertThat(reader.read(new byte[1], SOON)).isEqualTo(-1);
        assertThatThrownBy(() -> console.write(new byte[1])).hasMessageContaining("has ended");
        console.close();
        try (SerialConsole left = SerialConsole.ofEnded(log)) {
            assertThat(left.tail(10)).isEqualTo("x");
            assertThat(left.reader(1).read(new byte[1], SOON)).isEqualTo(-1);
        }
    }

    @Test
    void inputGoesThroughInPiecesLargerThanThePipe() throws Exception {
        byte[] input = new byte[300_000];
        Arrays.fill(input, (byte) 'i');
        try (SerialConsole console = SerialConsole.open(log, fifo, KEPT);
                OpenFile keep = OpenFile.fifo(fifo)) {
            CompletableFuture<byte[]> guest = CompletableFuture.supplyAsync(() -> {
                try (var in = Files.newInputStream(fifo)) {
                    return in.readNBytes(input.length);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            console.write(input);
            assertThat(guest.get(30, TimeUnit.SECONDS)).isEqualTo(input);
            assertThat(keep).isNotNull();
        }
    }

    @Test
    void inputThatNobodyReadsIsAnErrorAfterTheDeadline() throws Exception {
        try (ConsoleInput input = new ConsoleInput(fifo, Duration.ofMillis(200))) {
            assertThatThrownBy(() -> input.write(new byte[100_000]))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("65536 of 100000 bytes");
        }
    }

    @Test
    void tailHasNoEscapesAndNoHalfCharacters() throws Exception {
        Files.write(log, "\033[31mred\033[0m\r\nééé".getBytes(UTF_8));
        try (SerialConsole console = SerialConsole.open(log, fifo, KEPT)) {
            assertThat(console.tail(100)).isEqualTo("red\nééé");
            assertThat(console.tail(5)).isEqualTo("éé");
        }
    }

    private static byte[] readAll(Console console, int length) {
        byte[] all = new byte[length];
        byte[] buffer = new byte[10_000];
        try (Console.Reader reader = console.reader(0)) {
            int at = 0;
            while (at < length) {
                int n = reader.read(buffer, SOON);
                assertThat(n).isPositive();
                System.arraycopy(buffer, 0, all, at, n);
                at += n;
            }
            return all;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

package dev.execlaw.exec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class GuestShellTest {

    private static final GuestShell.Patience QUICK = new GuestShell.Patience(
            Duration.ofSeconds(3), Duration.ofMillis(20), Duration.ofSeconds(5), Duration.ofSeconds(30));
    private static final long LIMIT = 1 << 20;

    private final GuestKey key = GuestKey.generate();
    private final SshGuests guests = new SshGuests(QUICK);
    private TestSshd sshd;
    private GuestShell shell;

    @TempDir
    private Path directory;

    @BeforeEach
    void open() throws IOException {
        sshd = new TestSshd().admit(key);
        shell = guests.shell("s1", sshd.door(key));
    }

    @AfterEach
    void close() throws IOException {
        shell.close();
        guests.close();
        sshd.close();
    }

    /** Keeps both outputs. */
    private static final class Said implements ExecOutput {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();

        @Override
        public void stdout(byte[] bytes) {
            out.writeBytes(bytes);
        }

        @Override
        public void stderr(byte[] bytes) {
            err.writeBytes(bytes);
        }
    }

    private static ExecCommand command(String text, int seconds) {
        return ExecCommand.of(text, Duration.ofSeconds(seconds), LIMIT);
    }

    private static boolean alive(String file, Path directory) throws IOException {
        long pid = Long.parseLong(Files.readString(directory.resolve(file)).strip());
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    @Test
    void bothOutputsAndTheStatusComeBackAndNothingOfOurs() throws Exception {
        Said said = new Said();
        ExecResult result = shell.run(command("echo out; echo err >&2; exit 7", 10), said);
        assertThat(result.status()).isEqualTo(7);
        assertThat(result.signal()).isNull();
        assertThat(result.timedOut()).isFalse();
        assertThat(result.truncated()).isFalse();
        assertThat(said.out.toString(UTF_8)).isEqualTo("out\n");
        assertThat(said.err.toString(UTF_8)).isEqualTo("err\n");
    }

    @Test
    void nothingIsConnectedBeforeItIsNeeded() {
        assertThat(guests.started()).isFalse();
        assertThat(sshd.connections).hasValue(0);
    }

    @Test
    void inputDirectoryAndEnvironmentArriveByteForByte() throws Exception {
        byte[] all = new byte[60_000];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) (i * 31 + i / 256);
        }
        Path odd = Files.createDirectory(directory.resolve("it's a \"dir\" $x"));
        Said said = new Said();
        ExecCommand command = new ExecCommand(
                "pwd >&2; printf '%s|' \"$A\" \"$B\" >&2; cat",
                ByteBuffer.wrap(all),
                Duration.ofSeconds(20),
                odd.toString(),
                Map.of("A", "it's\n$(touch no)", "B", "ä=€"),
                LIMIT);
        assertThat(shell.run(command, said).status()).isZero();
        assertThat(said.out.toByteArray()).isEqualTo(all);
        assertThat(said.err.toString(UTF_8)).isEqualTo(odd + "\nit's\n$(touch no)|ä=€|");
    }

    @Test
    void aDirectoryThatIsNotThereIsSaid() throws Exception {
        Said said = new Said();
        ExecCommand command = new ExecCommand(
                "echo never", ByteBuffer.allocate(0), Duration.ofSeconds(10), "/no/such", Map.of(), LIMIT);
        assertThat(shell.run(command, said).status()).isNotZero();
        assertThat(said.err.toString(UTF_8)).contains("/no/such");
        assertThat(said.out.size()).isZero();
    }

    @Test
    void moreThanTheLimitIsDrainedAndMarked() throws Exception {
        Said said = new Said();
        ExecResult result = shell.run(
                ExecCommand.of("head -c 30000000 /dev/zero; echo done >&2", Duration.ofSeconds(30), 1000), said);
        assertThat(result.truncated()).isTrue();
        assertThat(result.status()).isZero();
        assertThat(said.out.size()).isEqualTo(1000);
        assertThat(said.err.toString(UTF_8)).isEqualTo("done\n");
    }

    @Test
    void theTimeoutKillsTheWholeGroup() throws Exception {
        Said said = new Said();
        String text = "cd " + directory + "; echo begun; sleep 300 & echo $! >child; echo $$ >leader; wait";
        ExecResult result = shell.run(command(text, 1), said);
        assertThat(result.timedOut()).isTrue();
        assertThat(said.out.toString(UTF_8)).isEqualTo("begun\n");
        assertThat(result.duration()).isLessThan(Duration.ofSeconds(20));
        await().atMost(Duration.ofSeconds(10)).until(() -> !alive("child", directory) && !alive("leader", directory));
    }

    @Test
    void whoTakesNoMoreOutputEndsTheCommand() throws Exception {
        ExecOutput gone = new ExecOutput() {
            @Override
            public void stdout(byte[] bytes) throws IOException {
                throw new IOException("the viewer has gone");
            }

            @Override
            public void stderr(byte[] bytes) {}
        };
        assertThatThrownBy(() ->
                        shell.run(command("cd " + directory + "; echo $$ >leader; echo x; exec sleep 300", 60), gone))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().detail()).contains("the viewer has gone"));
        await().atMost(Duration.ofSeconds(10)).until(() -> !alive("leader", directory));
    }

    @Test
    void aStrangersHostKeyIsRefusedAndNothingIsSent() {
        HostKey other = HostKey.parse(GuestKey.generate().authorizedKey());
        Door door = new Door(key, other, () -> Optional.of(sshd.address()));
        try (GuestShell strange = guests.shell("s1", door)) {
            assertThatThrownBy(() -> strange.run(command("touch " + directory.resolve("ran"), 10), new Said()))
                    .isInstanceOfSatisfying(ProblemException.class, e -> {
                        assertThat(e.problem().code()).isEqualTo(ErrorCode.EXEC_FAILED);
                        assertThat(e.problem().detail()).contains("another host key");
                    });
        }
        assertThat(directory.resolve("ran")).doesNotExist();
    }

    @Test
    void anotherKeyThanTheSessionsOpensNothing() {
        sshd.admit(GuestKey.generate());
        assertThatThrownBy(() -> shell.run(command("true", 10), new Said()))
                .isInstanceOfSatisfying(ProblemException.class, e -> {
                    assertThat(e.problem().code()).isEqualTo(ErrorCode.EXEC_FAILED);
                    assertThat(e.problem().detail()).contains("let nobody in within 3000 ms");
                });
    }

    @Test
    void aGuestWhoseSshdIsOnItsWayIsWaitedFor() throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        List<InetSocketAddress> addresses =
                List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), free), sshd.address());
        List<InetSocketAddress> asked = new ArrayList<>();
        Door door = new Door(key, sshd.hostKey(), () -> {
            asked.add(addresses.get(Math.min(asked.size(), 1)));
            return Optional.of(asked.getLast());
        });
        try (GuestShell slow = guests.shell("s1", door)) {
            assertThat(slow.run(command("true", 10), new Said()).status()).isZero();
        }
        assertThat(asked).hasSize(2);
    }

    @Test
    void manyRunSideBySideOnOneConnectionAndOneMoreIsRefused() throws Exception {
        Path gate = directory.resolve("gate");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> outputs = new ArrayList<>();
            CountDownLatch begun = new CountDownLatch(32);
            for (int i = 0; i < 32; i++) {
                int number = i;
                outputs.add(threads.submit(() -> {
                    ByteArrayOutputStream out = new ByteArrayOutputStream();
                    shell.run(
                            command("echo begun; until [ -e " + gate + " ]; do sleep 0.05; done; echo " + number, 50),
                            new ExecOutput() {
                                @Override
                                public void stdout(byte[] bytes) {
                                    if (out.size() == 0) {
                                        begun.countDown();
                                    }
                                    out.writeBytes(bytes);
                                }

                                @Override
                                public void stderr(byte[] bytes) {}
                            });
                    return out.toString(UTF_8);
                }));
            }
            assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> shell.run(command("true", 10), new Said()))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.problem().code()).isEqualTo(ErrorCode.RATE_LIMIT));
            Files.createFile(gate);
            for (int i = 0; i < 32; i++) {
                assertThat(outputs.get(i).get(30, TimeUnit.SECONDS)).isEqualTo("begun\n" + i + "\n");
            }
        }
        assertThat(sshd.connections).hasValue(1);
    }

    @Test
    void aConnectionThatBreaksIsToldAndTheNextCommandHasANewOne() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<ExecResult> running =
                    threads.submit(() -> shell.run(command("echo begun; exec sleep 5", 50), new ExecOutput() {
                        @Override
                        public void stdout(byte[] bytes) {
                            begun.countDown();
                        }

                        @Override
                        public void stderr(byte[] bytes) {}
                    }));
            assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
            sshd.cut();
            assertThatThrownBy(() -> running.get(20, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(ProblemException.class)
                    .hasMessageContaining("the connection broke");
        }
        assertThat(shell.run(command("true", 10), new Said()).status()).isZero();
        assertThat(sshd.connections).hasValue(2);
    }

    @Test
    void anIdleConnectionIsClosedAndMadeAgain() throws Exception {
        try (SshGuests brief = new SshGuests(new GuestShell.Patience(
                        Duration.ofSeconds(3), Duration.ofMillis(20), Duration.ofSeconds(5), Duration.ofMillis(50)));
                GuestShell idle = brief.shell("s1", sshd.door(key))) {
            idle.run(command("true", 10), new Said());
            await().atMost(Duration.ofSeconds(10)).until(() -> sshd.sessions() == 0);
            assertThat(idle.run(command("true", 10), new Said()).status()).isZero();
        }
        assertThat(sshd.connections).hasValue(2);
    }

    @Test
    void afterItsEndNothingRuns() {
        shell.close();
        assertThatThrownBy(() -> shell.run(command("true", 10), new Said()))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("the machine has ended");
    }

    @Test
    void whatNoGuestCouldTakeIsRefused() {
        refused(() -> command(" ", 10), "empty");
        refused(() -> command("true", 0), "timeoutS is 0, allowed are 1 to 3600");
        refused(() -> command("true", 3601), "3601");
        refused(() -> command("x".repeat(24 * 1024 + 1), 10), "24577 bytes");
        refused(() -> command("a\0b", 10), "NUL");
        refused(
                () -> new ExecCommand(
                        "true", ByteBuffer.allocate(0), Duration.ofSeconds(1), null, Map.of("A-B", "x"), 1),
                "\"A-B\"");
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String why) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ProblemException.class, e -> {
            assertThat(e.problem().code()).isEqualTo(ErrorCode.INVALID_REQUEST);
            assertThat(e.problem().detail()).contains(why);
        });
    }
}

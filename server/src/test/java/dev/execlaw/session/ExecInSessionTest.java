package dev.execlaw.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.Notice;
import dev.execlaw.exec.ExecCommand;
import dev.execlaw.exec.ExecOutput;
import dev.execlaw.exec.ExecResult;
import dev.execlaw.exec.GuestKey;
import dev.execlaw.exec.TestSshd;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way into a session's machine, with scripted machines and a real SSH wire. */
class ExecInSessionTest {

    @TempDir
    Path data;

    private World world;
    private TestSshd sshd;

    @BeforeEach
    void open() throws IOException {
        world = new World(data);
        sshd = new TestSshd().admitAll();
        world.driver.sshd = sshd.address();
        world.driver.hostKey = told(sshd.hostKey().line());
    }

    @AfterEach
    void close() throws IOException {
        world.close();
        sshd.close();
    }

    private static String told(String line) {
        return "execlaw-host-key\t" + line.replace(' ', '\t');
    }

    private String run(String id, String command) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ExecResult result =
                world.sessions.exec(id, ExecCommand.of(command, Duration.ofSeconds(20), 1 << 20), new ExecOutput() {
                    @Override
                    public void stdout(byte[] bytes) {
                        out.writeBytes(bytes);
                    }

                    @Override
                    public void stderr(byte[] bytes) {}
                });
        assertThat(result.status()).isZero();
        return out.toString(UTF_8);
    }

    private Problem refused(String id) {
        Problem[] problem = new Problem[1];
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> run(id, "true"))
                .satisfies(e -> problem[0] = e.problem());
        return problem[0];
    }

    private String remark(String id) {
        return world.sessions.get(id).boot().stream()
                .filter(step -> step.step().equals("guest"))
                .findFirst()
                .orElseThrow()
                .detail();
    }

    @Test
    void aCommandRunsBesideTheAgentWhateverThatDoes() {
        String id = world.ready();
        assertThat(world.written).contains("/etc/ssh/execlaw_authorized_keys");
        assertThat(run(id, "echo idle")).isEqualTo("idle\n");
        world.sessions.post(id, "hang");
        world.until(id, view -> view.agentState() == AgentStatus.WORKING);
        assertThat(run(id, "echo working")).isEqualTo("working\n");
        world.driver.machine(id).guest.release();
        assertThat(world.untilTurns(id, 1).getFirst().reason()).isEqualTo("completed");
        assertThat(world.payloads(id, Notice.class)).isEmpty();
    }

    @Test
    void theHostKeyIsAskedForOnceAndBelievedOverAllStarts() throws IOException {
        String id = world.ready();
        assertThat(run(id, "echo first")).isEqualTo("first\n");
        world.restart();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(run(id, "echo adopted")).isEqualTo("adopted\n");
        world.sessions.stop(id);
        world.until(id, MachineStatus.STOPPED);
        assertThat(refused(id).code()).isEqualTo(ErrorCode.STATE_CONFLICT);
        assertThat(refused(id).detail()).contains("is stopped and runs no commands");
        // A guest that tells another one at its second start, and has another one, is not believed.
        try (TestSshd stranger = new TestSshd().admitAll()) {
            world.driver.sshd = stranger.address();
            world.driver.hostKey = told(stranger.hostKey().line());
            world.sessions.start(id);
            world.until(id, view -> view.agentState() == AgentStatus.IDLE);
            Problem problem = refused(id);
            assertThat(problem.code()).isEqualTo(ErrorCode.EXEC_FAILED);
            assertThat(problem.detail()).contains("another host key");
        }
    }

    @Test
    void anImageWithoutTheProgramStartsAndSaysWhatIsMissing() {
        world.driver.hostKey = null;
        String id = world.ready();
        assertThat(remark(id))
                .isEqualTo("no commands beside the agent: asked for its SSH host key, its image has no"
                        + " /usr/local/lib/execlaw/host-key");
        assertThat(refused(id).code()).isEqualTo(ErrorCode.EXEC_UNAVAILABLE);
        assertThat(refused(id).next()).contains("image build");
    }

    @Test
    void anAnswerThatIsNoKeyIsNotTaken() {
        world.driver.hostKey = "execlaw-host-key\tssh-ed25519\tAAAA";
        String id = world.ready();
        assertThat(remark(id)).contains("its answer cannot be read");
        assertThat(refused(id).code()).isEqualTo(ErrorCode.EXEC_UNAVAILABLE);
    }

    @Test
    void aQuestionThatIsNotAnsweredHoldsTheStartUpForItsDeadlineOnly() {
        SessionTimings q = World.QUICK;
        world.timings = new SessionTimings(
                q.vmm(),
                q.wake(),
                q.boot(),
                q.agent(),
                q.again(),
                q.call(),
                q.prompt(),
                q.stop(),
                Duration.ofMillis(300),
                q.grace(),
                q.answer(),
                q.minute(),
                Duration.ZERO);
        world.restart();
        world.driver.hostKey = "";
        String id = world.ready();
        assertThat(remark(id)).contains("did not answer in time");
    }

    @Test
    void aMachineWithoutAWayInSaysSo() {
        world.driver.sshd = null;
        String id = world.ready();
        assertThat(refused(id).code()).isEqualTo(ErrorCode.EXEC_UNAVAILABLE);
        assertThat(refused(id).detail()).contains("no way in");
    }

    @Test
    void aSessionOfAnOlderBuildHasNoKey() {
        String id = world.ready();
        world.sessions.shutDown(true);
        world.forgetWayIn(id);
        world.database.close();
        world.gateway.close();
        world.open();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(refused(id).code()).isEqualTo(ErrorCode.EXEC_UNAVAILABLE);
        assertThat(refused(id).detail()).contains("an older build made it");
    }

    @Test
    void whereTheInterruptCannotBeRunTheConsoleIsUsedAsBefore() {
        String id = world.ready();
        world.driver.faults.add("old guest");
        ScriptedMachine machine = world.driver.machine(id);
        for (int turn = 1; turn <= 2; turn++) {
            world.sessions.post(id, "tool");
            await().atMost(Duration.ofSeconds(15)).until(machine.guest::hasTool);
            world.sessions.interrupt(id); // this host has no such program: status 127
            assertThat(world.untilTurns(id, turn).getLast().reason()).isEqualTo("stopped");
            world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        }
        assertThat(machine.interrupts)
                .as("one that does not know how is asked once")
                .hasValue(1);
    }

    @Test
    void checksThatTellNoReportBesideTheAgentSaySo() {
        String id = world.ready();
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> world.sessions.doctor(id)) // this host has no such program
                .satisfies(e -> {
                    assertThat(e.problem().code()).isEqualTo(ErrorCode.EXAMINATION_FAILED);
                    assertThat(e.problem().detail()).contains("ended with status 127", "no check was reported");
                });
        assertThat(world.sessions.get(id).agentState()).isEqualTo(AgentStatus.IDLE);
    }

    @Test
    void whereNobodyGetsInTheChecksAreRunByTheConsoleAsBefore() {
        String id = world.ready();
        world.driver.sshd = null;
        assertThat(world.sessions.doctor(id).checks())
                .extracting(Checkup.Check::name)
                .containsExactly("ca bundle", "dns");
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(world.payloads(id, EventPayload.Failure.class)).isEmpty();
    }

    @Test
    void whatIsStoredHasNoKeyInTheClear() {
        String id = world.ready();
        String stored = world.stored(id);
        assertThat(stored).contains("sealedKey", sshd.hostKey().line());
        assertThat(stored).doesNotContain("PRIVATE");
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> GuestKey.parse(stored.replaceAll(".*\"sealedKey\":\"([^\"]+)\".*", "$1")));
    }
}

package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.execlaw.event.EventPayload;
import dev.execlaw.event.EventPayload.Message;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.Problem;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.session.Checkup.Verdict;
import dev.execlaw.session.ScriptedGuest.Doctor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A look inside a session: the way there, the way back, and what may come in between, with scripted machines. */
class ExaminationTest {

    @TempDir
    Path data;

    private World world;

    @BeforeEach
    void open() {
        world = new World(data);
    }

    @AfterEach
    void close() {
        world.close();
    }

    /** A ready session whose look inside goes like this. */
    private String ready(Doctor doctor, Duration limit) {
        world.driver.script = new ScriptedGuest.Script(doctor);
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
                limit,
                q.grace(),
                q.answer(),
                q.minute(),
                Duration.ZERO);
        world.restart();
        return world.ready();
    }

    private String ready(Doctor doctor) {
        return ready(doctor, World.QUICK.examine());
    }

    private Problem refused(String id) {
        Problem[] problem = new Problem[1];
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> world.sessions.doctor(id))
                .satisfies(e -> problem[0] = e.problem());
        return problem[0];
    }

    private void nextTurnWorks(String id) {
        int before = world.payloads(id, EventPayload.TurnFinished.class).size();
        world.sessions.post(id, "hello");
        assertThat(world.untilTurns(id, before + 1).getLast().reason()).isEqualTo("completed");
    }

    private CompletableFuture<Checkup> inTheBackground(String id) {
        CompletableFuture<Checkup> answer = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                answer.complete(world.sessions.doctor(id));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        world.until(id, view -> view.agentState() == AgentStatus.WORKING);
        return answer;
    }

    @Test
    void allChecksAreToldAndTheSameAgentGoesOn() {
        String id = ready(Doctor.WELL);
        assertThat(world.sessions.doctor(id).checks())
                .containsExactly(
                        new Checkup.Check("ca bundle", Verdict.OK, "143 certificates", ""),
                        new Checkup.Check("dns", Verdict.WARN, "not resolved", "nothing: it is meant so"));
        assertThat(world.sessions.get(id).agentState()).isEqualTo(AgentStatus.IDLE);
        assertThat(world.payloads(id, EventPayload.Notice.class)).isEmpty();
        nextTurnWorks(id);
        assertThat(world.sessions.doctor(id).checks()).as("a second time").hasSize(2);
        nextTurnWorks(id);
    }

    @Test
    void onlyAnIdleAgentIsDisturbed() {
        String id = ready(Doctor.WELL);
        world.sessions.post(id, "hang");
        world.until(id, view -> view.agentState() == AgentStatus.WORKING);
        Problem busy = refused(id);
        assertThat(busy.code()).isEqualTo(ErrorCode.STATE_CONFLICT);
        assertThat(busy.detail()).contains("idle");
        assertThat(busy.next()).contains("interrupt");
        world.driver.machine(id).guest.release();
        world.untilTurns(id, 1);
        world.sessions.stop(id);
        world.until(id, MachineStatus.STOPPED);
        assertThat(refused(id).next()).contains("start");
    }

    @Test
    void aMessageMeanwhileIsQueuedAndThenRuns() throws Exception {
        String id = ready(Doctor.HANGS, Duration.ofMillis(600));
        CompletableFuture<Checkup> look = inTheBackground(id);
        assertThat(world.sessions.post(id, "meanwhile").state()).isEqualTo("queued");
        assertThat(refused(id).detail()).contains("examined already");
        assertThat(world.untilTurns(id, 1).getFirst().reason()).isEqualTo("completed");
        assertThat(world.payloads(id, Message.class)).extracting(Message::text).containsExactly("You said: meanwhile");
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> look.get(10, TimeUnit.SECONDS))
                .withMessageContaining("did not end within")
                .withMessageContaining("1 checks were reported, the last one \"ca bundle\"");
    }

    @Test
    void aTornReportIsNoReport() {
        String id = ready(Doctor.TORN);
        assertThat(refused(id).detail()).contains("1 checks were reported").contains("of 2 announced");
        nextTurnWorks(id);
    }

    @Test
    void anImageWithoutDoctorIsNamed() {
        String id = ready(Doctor.MISSING);
        Problem problem = refused(id);
        assertThat(problem.code()).isEqualTo(ErrorCode.EXAMINATION_FAILED);
        assertThat(problem.detail()).contains("image is older");
        assertThat(problem.next()).contains("build the image again");
        nextTurnWorks(id);
    }

    @Test
    void anAgentThatCannotBeSuspendedStaysAsItIs() {
        String id = ready(Doctor.DEAF_AGENT, Duration.ofMillis(300));
        assertThat(refused(id).detail()).contains("did not let itself be suspended");
        nextTurnWorks(id);
    }

    @Test
    void anAgentThatDiesOfItIsStartedAgain() {
        String id = ready(Doctor.KILLS_AGENT);
        assertThat(refused(id).detail()).contains("exited with status 137");
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        nextTurnWorks(id);
    }

    @Test
    void anAgentThatIsGoneAfterwardsIsStartedAgainAndTheReportStillTold() {
        String id = ready(Doctor.AGENT_DIES_MEANWHILE);
        assertThat(world.sessions.doctor(id).checks())
                .extracting(Checkup.Check::name)
                .containsExactly("ca bundle", "dns", "agent goes on");
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(world.payloads(id, EventPayload.Notice.class))
                .singleElement()
                .asString()
                .contains("started again");
        nextTurnWorks(id);
    }

    @Test
    void anAgentThatStaysSilentIsLost() {
        String id = ready(Doctor.AGENT_STAYS_SILENT, Duration.ofMillis(600));
        assertThat(world.sessions.doctor(id).checks().getLast().verdict()).isEqualTo(Verdict.FAIL);
        SessionView lost = world.sessions.get(id);
        assertThat(lost.agentState()).isEqualTo(AgentStatus.FAILED);
        assertThat(lost.error().detail()).contains("did not show its prompt");
    }

    @Test
    void checksThatCannotBeBrokenOffCostTheAgentAndNotTheMachine() {
        String id = ready(Doctor.HANGS_FOREVER, Duration.ofMillis(300));
        assertThat(refused(id).code()).isEqualTo(ErrorCode.EXAMINATION_FAILED);
        SessionView lost = world.sessions.get(id);
        assertThat(lost.state()).isEqualTo(MachineStatus.RUNNING);
        assertThat(lost.agentState()).isEqualTo(AgentStatus.FAILED);
    }

    @Test
    void stopMeanwhileAnswersAndEndsTheMachine() {
        String id = ready(Doctor.HANGS);
        CompletableFuture<Checkup> look = inTheBackground(id);
        world.sessions.stop(id);
        world.until(id, MachineStatus.STOPPED);
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> look.get(10, TimeUnit.SECONDS))
                .withMessageContaining("machine ended while it was looked at");
    }

    @Test
    void aServerThatRestartsMeanwhileFindsTheAgentAndBringsItBack() throws Exception {
        String id = ready(Doctor.HANGS);
        CompletableFuture<Checkup> look = inTheBackground(id);
        await().until(() -> world.driver.machine(id).console.tail(100).contains("ca bundle"));
        world.restart();
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> look.get(10, TimeUnit.SECONDS))
                .withMessageContaining("shutting down");
        assertThat(world.sessions.get(id).agentState()).isEqualTo(AgentStatus.STARTING);
        world.driver.machine(id).console.write(new byte[] {0x03}); // the checks end
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(world.payloads(id, EventPayload.Notice.class))
                .as("no word of an agent that was started again")
                .isEmpty();
        nextTurnWorks(id);
    }

    @Test
    void anAgentThatSomebodySuspendsByHandGoesOn() {
        String id = ready(Doctor.WELL);
        world.driver.machine(id).guest.suspendedByHand();
        await().until(() -> !world.payloads(id, EventPayload.Notice.class).isEmpty());
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        nextTurnWorks(id);
        world.sessions.post(id, "hang");
        world.until(id, view -> view.agentState() == AgentStatus.WORKING);
        world.driver.machine(id).guest.suspendedByHand();
        await().until(() -> world.payloads(id, EventPayload.Notice.class).size() == 2);
        world.driver.machine(id).guest.release();
        assertThat(world.untilTurns(id, 2).getLast().reason()).isEqualTo("completed");
        nextTurnWorks(id);
    }
}

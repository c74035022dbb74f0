package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.execlaw.gateway.GatewaySession;
import dev.execlaw.key.MasterKey;
import dev.execlaw.key.Seal;
import dev.execlaw.store.Database;
import dev.execlaw.store.SecretTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest's token opens the gateway as long as its session has a machine, and for this session alone. */
final class GuestTokenTest {

    private World world;

    @BeforeEach
    void begin(@TempDir Path data) {
        world = new World(data);
    }

    @AfterEach
    void end() {
        world.close();
    }

    private String token(String id) {
        return world.gateway.session(id).map(GatewaySession::token).orElse("");
    }

    private void untilClosed(String id) {
        await().alias("the gateway is closed to " + id)
                .atMost(Duration.ofSeconds(15))
                .until(() -> world.gateway.session(id), Optional::isEmpty);
    }

    @Test
    void twoSessionsHaveTwoTokens() {
        String one = world.ready();
        String two = world.ready();
        assertThat(token(one)).hasSize(32).isNotEqualTo(token(two));
        assertThat(world.stored(one)).doesNotContain(token(one));
    }

    @Test
    void aStoppedSessionsTokenOpensNothingUntilItRunsAgain() {
        String id = world.ready();
        String token = token(id);
        world.sessions.stop(id);
        world.until(id, MachineStatus.STOPPED);
        assertThat(world.gateway.session(id)).isEmpty();
        world.sessions.start(id);
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(token(id)).as("the one that its disk has").isEqualTo(token);
    }

    @Test
    void aDeletedSessionsTokenIsGoneForEver() {
        String id = world.ready();
        world.sessions.delete(id);
        untilClosed(id);
        await().atMost(Duration.ofSeconds(15)).until(() -> world.sessions.list(), List::isEmpty);
        world.restart();
        assertThat(world.gateway.session(id)).isEmpty();
    }

    @Test
    void aSleepingSessionsTokenOpensNothing() {
        String id = world.ready();
        String token = token(id);
        world.sessions.pause(id, false);
        world.until(id, MachineStatus.PAUSED);
        assertThat(world.gateway.session(id)).isEmpty();
        world.sessions.resume(id);
        world.until(id, MachineStatus.RUNNING);
        assertThat(token(id)).isEqualTo(token);
    }

    @Test
    void aRewindLeavesTheTokenThatTheGuestHasInItsMemory() {
        String id = world.ready();
        String token = token(id);
        long first = world.sessions.checkpoints(id).getFirst().seq();
        world.sessions.post(id, "one");
        world.untilTurns(id, 1);
        world.untilSaved(id, 2);
        world.sessions.rewind(id, first);
        world.until(id, view -> view.state() == MachineStatus.RUNNING && view.agentState() == AgentStatus.IDLE);
        assertThat(token(id)).isEqualTo(token);
    }

    @Test
    void aForkHasATokenOfItsOwnAndOnlyAtItsOwnAddressItsParents() {
        String id = world.ready();
        SessionView fork =
                world.sessions.fork(id, new ForkSession(null, 1, null)).getFirst();
        world.until(fork.id(), view -> view.agentState() == AgentStatus.IDLE);
        assertThat(token(fork.id())).isNotEmpty().isNotEqualTo(token(id));
        assertThat(world.gateway.session(fork.id()).orElseThrow().forebears())
                .containsExactly(new GatewaySession.Forebear(id, token(id)));
        assertThat(world.gateway.session(id).orElseThrow().forebears()).isEmpty();
        SessionView grandchild =
                world.sessions.fork(fork.id(), new ForkSession(null, 1, null)).getFirst();
        world.until(grandchild.id(), view -> view.agentState() == AgentStatus.IDLE);
        assertThat(world.gateway.session(grandchild.id()).orElseThrow().forebears())
                .containsExactly(
                        new GatewaySession.Forebear(id, token(id)),
                        new GatewaySession.Forebear(fork.id(), token(fork.id())));
    }

    @Test
    void aServerThatStartsAgainKnowsTheTokenOfAMachineThatRan() {
        String id = world.ready();
        String token = token(id);
        world.restart();
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(token(id)).isEqualTo(token);
    }

    @Test
    void afterALostKeyASessionGoesOnOnceItHasBootedAgain() {
        String id = world.ready();
        world.restart(() -> {
            MasterKey.KeyFile key = new MasterKey.KeyFile(world.data.resolve("key"));
            try (Database database = Database.open(world.data.resolve("execlaw.db"))) {
                Files.delete(key.file());
                assertThat(Seal.forget(key, new SecretTable(database))).isEqualTo(1);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(token(id)).as("a token that nobody has").isEmpty();
        world.sessions.stop(id);
        world.until(id, MachineStatus.STOPPED);
        world.sessions.start(id);
        world.until(id, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(token(id)).hasSize(32);
        world.sessions.post(id, "one");
        assertThat(world.untilTurns(id, 1).getFirst().reason()).isEqualTo("completed");
    }
}

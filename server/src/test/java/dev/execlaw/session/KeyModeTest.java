package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.execlaw.event.EventPayload;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import dev.execlaw.store.SessionTable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a session's key gets to. */
final class KeyModeTest {

    private static final String KEY = "sk-canary-0123456789abcdef";
    private static final String CONFIG = "/root/.nullclaw/config.json";

    private World world;

    @BeforeEach
    void begin(@TempDir Path data) {
        world = new World(data, new ScriptedNetwork());
    }

    @AfterEach
    void end() {
        world.close();
    }

    private static CreateSession request(KeyMode mode, NetworkPolicy network) {
        return new CreateSession(
                null, "paid", null, null, KEY, null, 256, null, null, null, null, network, null, null, mode);
    }

    @Test
    void aDirectKeyGoesIntoTheGuestsMemoryAndOntoNoDisk() {
        SessionView view = world.sessions.create(request(KeyMode.DIRECT, null));
        assertThat(view.keyMode()).isEqualTo(KeyMode.DIRECT);
        String id = view.id();
        world.untilSaved(id, 1);
        assertThat(world.written).isNotEmpty().doesNotContain(CONFIG);
        assertThat(world.driver.machine(id).wakes().stream().flatMap(wake -> wake.files().stream()))
                .filteredOn(file -> file.path().equals(CONFIG))
                .singleElement()
                .satisfies(file -> assertThat(new String(file.content(), StandardCharsets.UTF_8))
                        .contains(KEY, "paid.example"));
        assertThat(world.payloads(id, EventPayload.Notice.class).getFirst().text())
                .contains("checkpoint")
                .doesNotContain(KEY);
        assertThat(catchThrowableOfType(
                                ProblemException.class,
                                () -> world.sessions.switchModel(id, new SwitchModel(null, "other", null)))
                        .problem()
                        .code())
                .isEqualTo(ErrorCode.STATE_CONFLICT);
        SessionPolicy limited = new SessionPolicy(10L, null, null, null, null, null);
        assertThat(catchThrowableOfType(ProblemException.class, () -> world.sessions.govern(id, limited))
                        .problem()
                        .detail())
                .contains("budgets");
    }

    @Test
    void otherwiseTheGuestHasItsTokenAlone() {
        String id = world.sessions.create(request(KeyMode.GATEWAY, null)).id();
        world.untilSaved(id, 1);
        assertThat(world.written).contains(CONFIG);
        assertThat(world.sessions.get(id).keyMode()).isEqualTo(KeyMode.GATEWAY);
        assertThat(world.driver.machine(id).wakes().stream().flatMap(wake -> wake.files().stream()))
                .noneMatch(file -> new String(file.content(), StandardCharsets.UTF_8).contains(KEY));
    }

    @Test
    void whatCannotWorkLeavesNothingBehind() {
        assertThat(catchThrowableOfType(
                                ProblemException.class,
                                () -> world.sessions.create(request(KeyMode.DIRECT, NetworkPolicy.NONE)))
                        .problem()
                        .code())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(world.sessions.list()).isEmpty();
    }

    private String refused(Runnable action) {
        return catchThrowableOfType(ProblemException.class, action::run)
                .problem()
                .detail();
    }

    @Test
    void anAllowListMustLeadToTheProvider() {
        NetworkPolicy elsewhere =
                new NetworkPolicy("allowlist", List.of("example.org", "*.paid.example", "192.0.2.0/24"));
        assertThat(refused(() -> world.sessions.create(request(KeyMode.DIRECT, elsewhere))))
                .contains("no entry for paid.example");
        NetworkPolicy there = new NetworkPolicy("allowlist", List.of("paid.example"));
        String id = world.sessions.create(request(KeyMode.DIRECT, there)).id();
        world.untilSaved(id, 1);
        assertThat(refused(() -> world.sessions.restrict(id, elsewhere))).contains("no entry for paid.example");
        assertThat(refused(() -> world.sessions.restrict(id, NetworkPolicy.NONE)))
                .contains("paid.example");
        assertThat(world.sessions.get(id).network().allow()).containsExactly("paid.example");
        world.sessions.restrict(id, NetworkPolicy.INTERNET);
        String through =
                world.sessions.create(request(KeyMode.GATEWAY, elsewhere)).id();
        world.untilSaved(through, 1);
        world.sessions.restrict(through, NetworkPolicy.NONE);
    }

    @Test
    void aForksOwnKeyIsItsParentsAndSealedAsItsOwn() {
        String id = world.sessions.create(request(KeyMode.GATEWAY, null)).id();
        world.untilSaved(id, 1);
        String fork = world.sessions
                .fork(id, new ForkSession(null, 1, null))
                .getFirst()
                .id();
        world.until(fork, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(world.gateway.session(fork).orElseThrow().route().get().apiKey())
                .isEqualTo(KEY);
        assertThat(world.driver.machine(fork).wakes().stream().flatMap(wake -> wake.files().stream()))
                .isNotEmpty()
                .noneMatch(file -> new String(file.content(), StandardCharsets.UTF_8).contains(KEY));
        Map<String, String> sealed = new HashMap<>();
        new SessionTable(world.database).all().forEach(row -> sealed.put(row.id(), String.valueOf(row.apiKey())));
        assertThat(sealed.get(fork)).isNotEqualTo(sealed.get(id)).doesNotContain(KEY);
        world.sessions.delete(id);
        assertThat(world.gateway.session(fork).orElseThrow().route().get().apiKey())
                .isEqualTo(KEY);
        world.restart();
        world.until(fork, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(world.gateway.session(fork).orElseThrow().route().get().apiKey())
                .isEqualTo(KEY);
    }

    @Test
    void aDirectSessionsForkGetsTheKeyOfThePresent() {
        String id = world.sessions.create(request(KeyMode.DIRECT, null)).id();
        world.untilSaved(id, 1);
        String fork = world.sessions
                .fork(id, new ForkSession(null, 1, null))
                .getFirst()
                .id();
        world.until(fork, view -> view.agentState() == AgentStatus.IDLE);
        assertThat(world.sessions.get(fork).keyMode()).isEqualTo(KeyMode.DIRECT);
        assertThat(world.driver.machine(fork).wakes().stream().flatMap(wake -> wake.files().stream()))
                .filteredOn(file -> file.path().equals(CONFIG))
                .singleElement()
                .satisfies(file -> assertThat(new String(file.content(), StandardCharsets.UTF_8))
                        .contains(KEY, "paid.example"));
    }
}

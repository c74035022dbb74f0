package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.execlaw.event.EventPayload;
import dev.execlaw.gateway.ProviderSettings;
import dev.execlaw.host.HostNetwork;
import dev.execlaw.problem.ErrorCode;
import dev.execlaw.problem.ProblemException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
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

    @Test
    void aProviderThatNoAgentWouldSpeakToRightlyIsRefused() {
        SessionSettings settings = new SessionSettings(
                "s",
                "proxy",
                "m",
                "nullclaw",
                "0123456789abcdef",
                "nullclaw",
                1,
                256,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                new Steering(null, null, null, KeyMode.DIRECT, null));
        ProviderSettings.Kind kind = ProviderSettings.Kind.ANTHROPIC;
        ProviderSettings proxy =
                new ProviderSettings("proxy", "Proxy", kind, "https://proxy.example/v1", true, List.of("m"));
        assertThat(catchThrowableOfType(
                                ProblemException.class,
                                () -> DirectKey.check(settings, proxy, true, HostNetwork.Mode.TAP))
                        .problem()
                        .detail())
                .contains("proxy.example", "api.anthropic.com");
        ProviderSettings itself = new ProviderSettings(
                "anthropic", "Anthropic", kind, "https://api.anthropic.com/v1", true, List.of("m"));
        DirectKey.check(settings, itself, true, HostNetwork.Mode.TAP);
    }
}

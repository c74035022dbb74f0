package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.image.GuestFile;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.store.Database;
import dev.execlaw.store.SessionTable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Sessions that an older build began: they go on, and so do their forks, in guests with that build's programs. */
final class OldSessionTest {

    private static final String CONFIG = "/root/.nullclaw/config.json";

    private World world;

    @BeforeEach
    void begin(@TempDir Path data) {
        world = new World(data);
    }

    @AfterEach
    void end() {
        world.close();
    }

    private String config(String id) {
        return world.driver.machine(id).wakes().stream()
                .flatMap(wake -> wake.files().stream())
                .filter(file -> file.path().equals(CONFIG))
                .map(OldSessionTest::text)
                .findFirst()
                .orElseThrow();
    }

    private static String text(GuestFile file) {
        return new String(file.content(), StandardCharsets.UTF_8);
    }

    private String fork(String id) {
        String fork = world.sessions
                .fork(id, new ForkSession(null, 1, null))
                .getFirst()
                .id();
        world.until(fork, view -> view.agentState() == AgentStatus.IDLE);
        return fork;
    }

    @Test
    void aForksAgentIsToldTheNameThatItsGuestKnows() {
        world.guestPrograms = 1;
        world.restart();
        String fork = fork(world.ready());
        assertThat(config(fork))
                .contains("http://gateway.execlaw:8787/s/" + fork + "/v1")
                .doesNotContain("local:");
    }

    @Test
    void newGuestsAreToldTheNameThatNewAgentsTake() {
        String fork = fork(world.ready());
        assertThat(Image.GUEST).isGreaterThan(1);
        assertThat(config(fork)).contains("http://gateway.local:8787/s/" + fork + "/v1");
    }

    @Test
    void whatOlderSettingsDidNotHaveIsAsItWasThen() {
        String id = world.ready();
        world.sessions.post(id, "one");
        world.untilTurns(id, 1);
        world.restart(() -> {
            try (Database database = Database.open(world.data.resolve("execlaw.db"))) {
                SessionTable table = new SessionTable(database);
                ObjectNode settings = (ObjectNode)
                        JsonMapper.shared().readTree(table.all().getFirst().settings());
                settings.remove(List.of("steering", "forebears", "network", "origin"));
                table.settings(id, JsonMapper.shared().writeValueAsString(settings));
            }
        });
        SessionView view = world.until(id, found -> found.agentState() == AgentStatus.IDLE);
        assertThat(view.keyMode()).isEqualTo(KeyMode.GATEWAY);
        assertThat(view.network()).isNotNull();
        world.sessions.post(id, "two");
        world.untilTurns(id, 2);
        world.sessions.govern(id, new SessionPolicy(null, null, 10L, null, null, null));
        assertThat(world.sessions.get(fork(id)).keyMode()).isEqualTo(KeyMode.GATEWAY);
    }

    @Test
    void aServerThatIsStartedTwiceInARowTakesItOver() {
        String id = world.ready();
        world.restart();
        world.restart();
        world.until(id, found -> found.agentState() == AgentStatus.IDLE);
    }
}

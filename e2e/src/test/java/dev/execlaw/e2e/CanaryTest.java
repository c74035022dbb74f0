package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keys of real sessions are nowhere but where they must be: neither on disk, nor in logs, events or answers, nor on
 * command lines, nor in a guest. Not looked into is the daemon's own memory, through which they pass; and the one
 * environment that may hold one is the daemon's, which its user set.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CanaryTest {

    private static final Map<String, String> KEYS =
            Map.of("own", canary("own"), "kept", canary("kept"), "env", canary("env"));
    private static final String DIRECT = canary("direct");
    private static final String CONTROL = canary("control");

    private EchoingProvider provider;
    private Product product;
    private Api api;

    private static String canary(String name) {
        byte[] random = new byte[16];
        new Random().nextBytes(random);
        return "sk-" + name + "-" + HexFormat.of().formatHex(random);
    }

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        provider = new EchoingProvider();
        StringBuilder config = new StringBuilder("[network]\nmode = \"tap\"\nprefix = \"10.78.0.0/16\"\n");
        for (String id : List.of("own", "kept", "env", "direct")) {
            config.append("[provider.")
                    .append(id)
                    .append("]\nbase_url = \"")
                    .append(provider.url())
                    .append("\"\nmodels = [\"m\"]\n");
        }
        String text =
                config.toString().replace("[provider.env]\n", "[provider.env]\nkey_env = \"CANARY_OF_THE_TEST\"\n");
        product = Product.start(Product.dataDirectory(directory), text, Map.of("CANARY_OF_THE_TEST", KEYS.get("env")));
        api = product.api();
    }

    @AfterAll
    void stop() throws InterruptedException {
        product.close();
        provider.close();
    }

    private ObjectNode request(String id) {
        return api.object()
                .put("provider", id)
                .put("model", "m")
                .put("vcpus", 1)
                .put("memoryMiB", 384);
    }

    private String create(ObjectNode request) {
        return api.post("/sessions", request, 201).path("id").asString();
    }

    private static List<String> join(List<String> one, List<String> other) {
        return Stream.concat(one.stream(), other.stream()).toList();
    }

    private List<String> inHost(Search search) throws IOException {
        List<String> files = search.inTree(product.dataDirectory());
        assertThat(product.log()).as("the server's log").isNotEmpty();
        List<String> log = search.inTree(
                product.dataDirectory().resolveSibling(product.dataDirectory().getFileName() + ".log"));
        return join(
                join(files, log), search.inProcesses(List.of(product.daemon().pid())));
    }

    private List<String> inGuests(Search search) throws IOException {
        List<String> found = List.of();
        for (ProcessHandle vmm : product.machineProcesses()) {
            found = join(found, search.inMemory(vmm.pid()));
        }
        return found;
    }

    @Test
    void aKeyIsNowhereButWhereItMustBe() throws IOException {
        assertThat(api.call("PUT", "/keys/kept", "{\"key\":\"" + KEYS.get("kept") + "\"}", Map.of())
                        .statusCode())
                .isEqualTo(200);
        JsonNode trial = api.post("/keys/kept/test", api.object(), 200);
        assertThat(trial.path("outcome").asString()).isEqualTo("refused");
        assertThat(trial.path("detail").asString())
                .contains("Incorrect API key")
                .contains("***");
        List<String> sessions = List.of(
                create(request("own").put("apiKey", KEYS.get("own"))), create(request("kept")), create(request("env")));
        StringBuilder told = new StringBuilder(trial.toString());
        for (String session : sessions) {
            api.awaitIdle(session);
            assertThat(Api.text(api.turn(session, "hello"), "message")).contains("Fine.");
            List<JsonNode> refused = api.turn(session, "refuse this");
            assertThat(refused.toString()).contains("401").contains("***");
            told.append(api.events(session, 0)).append(api.get("/sessions/" + session));
        }
        assertThat(provider.keys()).containsExactlyInAnyOrderElementsOf(KEYS.values());
        told.append(api.get("/keys")).append(api.get("/system")).append(api.get("/sessions"));
        for (String key : KEYS.values()) {
            assertThat(told.toString().toLowerCase(java.util.Locale.ROOT))
                    .doesNotContain(key)
                    .doesNotContain(key.substring(key.length() - 24, key.length() - 12));
        }
        Search search = new Search(KEYS.values());
        assertThat(inHost(search)).isEmpty();
        assertThat(product.machineProcesses()).hasSizeGreaterThanOrEqualTo(3);
        assertThat(inGuests(search)).isEmpty();
        theSearchFindsWhatIsThere(sessions.getFirst());
    }

    private void theSearchFindsWhatIsThere(String session) throws IOException {
        JsonNode done = api.post(
                "/sessions/" + session + "/exec",
                api.object()
                        .put("command", "cat > /root/control && sync && cat /root/control")
                        .put("stdin", CONTROL),
                200);
        assertThat(done.path("stdout").asString()).isEqualTo(CONTROL);
        Search search = new Search(List.of(CONTROL));
        assertThat(search.inTree(product.dataDirectory()))
                .as("the guest's disk")
                .isNotEmpty();
        assertThat(inGuests(search)).as("the guest's memory").isNotEmpty();
        assertThat(new Search(List.of("CANARY_OF_THE_TEST")).inProcesses(List.of()))
                .as("the daemon's environment")
                .anyMatch(where -> where.contains("/proc/" + product.daemon().pid() + "/environ"));
    }

    @Test
    void aKeyInTheMachineIsInItsMemoryAndOnNoDisk() throws IOException {
        String session = create(request("direct").put("apiKey", DIRECT).put("keyMode", "direct"));
        api.awaitIdle(session);
        Search search = new Search(List.of(DIRECT));
        assertThat(inHost(search)).isEmpty();
        assertThat(inGuests(search)).as("the guest's memory").isNotEmpty();
        JsonNode config = api.post(
                "/sessions/" + session + "/exec",
                api.object()
                        .put(
                                "command",
                                "cat /root/.nullclaw/config.json; findmnt -no FSTYPE -T \"$(readlink -f /root/.nullclaw/config.json)\""),
                200);
        assertThat(config.path("stdout").asString())
                .contains(DIRECT, provider.url())
                .endsWith("tmpfs\n");
        assertThat(Api.text(api.events(session, 0), "notice")).contains("every checkpoint");
        api.delete(session);
        assertThat(inHost(search)).isEmpty();
    }
}

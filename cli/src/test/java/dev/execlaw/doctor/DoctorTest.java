package dev.execlaw.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.execlaw.config.ConfigLoader;
import dev.execlaw.doctor.check.Check;
import dev.execlaw.doctor.check.Finding;
import dev.execlaw.doctor.check.Finding.Verdict;
import dev.execlaw.doctor.check.HostFacts;
import dev.execlaw.host.Ledger;
import dev.execlaw.host.Resource;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.process.ProcessIdentity;
import dev.execlaw.store.Database;
import dev.execlaw.store.ResourceTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class DoctorTest {

    @TempDir
    Path directory;

    @Test
    void theWorstVerdictIsTheExitCode() throws InterruptedException {
        assertThat(examine(fixed("a", Verdict.OK)).exitCode()).isZero();
        assertThat(examine(fixed("a", Verdict.WARN), fixed("b", Verdict.OK)).exitCode())
                .isEqualTo(1);
        assertThat(examine(fixed("a", Verdict.OK), fixed("b", Verdict.FAIL), fixed("c", Verdict.WARN))
                        .exitCode())
                .isEqualTo(2);
    }

    @Test
    void aCheckThatBreaksOrDoesNotEndIsAFailureOfItsOwn() throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        Diagnosis diagnosis = examine(
                check("broken", () -> {
                    throw new IOException("no such disk");
                }),
                fixed("fine", Verdict.OK),
                check("endless", () -> {
                    never.await();
                    throw new IllegalStateException("nothing counts it down");
                }));
        assertThat(diagnosis.lines()).extracting(Diagnosis.Line::check).containsExactly("broken", "fine", "endless");
        assertThat(diagnosis.lines().get(0).finding().seen()).contains("no such disk");
        assertThat(diagnosis.lines().get(1).finding().verdict()).isEqualTo(Verdict.OK);
        assertThat(diagnosis.lines().get(2).finding().seen()).contains("did not end within 2 s");
    }

    @Test
    void printsForPeopleAndForPrograms() throws InterruptedException {
        Diagnosis diagnosis = examine(fixed("disk", Verdict.OK), fixed("swap", Verdict.WARN));
        assertThat(diagnosis.text()).containsSubsequence("ok", "disk", "warn", "swap", "-> do something");
        JsonNode json = JsonMapper.shared().readTree(diagnosis.json());
        assertThat(json.path("verdict").asString()).isEqualTo("warn");
        assertThat(json.path("checks").size()).isEqualTo(2);
        assertThat(json.path("checks").path(1).path("todo").asString()).isEqualTo("do something");
    }

    @Test
    void theHostsProgramsAreFoundAndRun() throws Exception {
        HostPrograms programs = new HostPrograms("/usr/bin:/bin");
        assertThat(programs.present("sh")).isTrue();
        assertThat(programs.present("no-such-program-here")).isFalse();
        assertThat(programs.run(List.of("no-such-program-here"))).isEmpty();
        assertThat(programs.run(List.of("/no/such/program"))).isEmpty();
        assertThat(programs.run(List.of("sh", "-c", "echo seen; exit 3")).orElseThrow())
                .satisfies(result -> assertThat(result.stdout()).isEqualTo("seen\n"))
                .satisfies(result -> assertThat(result.status()).isEqualTo(3));
    }

    @Test
    void aPortInUseIsSeen() throws IOException, InterruptedException {
        HostNetwork network = new HostNetwork(Map.of());
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress address = (InetSocketAddress) socket.getLocalSocketAddress();
            assertThat(network.bindProblem(address))
                    .hasValueSatisfying(problem -> assertThat(problem).contains("in use"));
            assertThat(network.ours(address)).isFalse();
            socket.close();
            assertThat(network.bindProblem(address)).isEmpty();
        }
    }

    @Test
    void aServerOfOursIsKnownByItsHealth() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/v1/health", exchange -> {
            byte[] body =
                    "{\"status\":\"ok\",\"driver\":\"qemu\",\"accelerator\":\"tcg\"}".getBytes(StandardCharsets.UTF_8);
            try (exchange) {
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        server.start();
        try {
            HostNetwork network = new HostNetwork(Map.of());
            assertThat(network.ours(server.getAddress())).isTrue();
            assertThat(network.webProblem(
                            URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/none")))
                    .isEmpty();
            assertThat(network.webProblem(URI.create("http://127.0.0.1:1/"))).isPresent();
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aNameServerIsAskedForReal() throws Exception {
        try (DatagramSocket server = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            HostNetwork network = new HostNetwork(Map.of(), server.getLocalPort());
            assertThat(network.dnsProblem("127.0.0.1"))
                    .hasValueSatisfying(problem -> assertThat(problem).contains("no answer within"));
            byte[] first = new byte[512];
            server.receive(new DatagramPacket(first, first.length));
            Thread answering = Thread.ofVirtual().start(() -> {
                try {
                    DatagramPacket query = new DatagramPacket(new byte[512], 512);
                    server.receive(query);
                    server.send(new DatagramPacket(
                            Arrays.copyOf(query.getData(), query.getLength()),
                            query.getLength(),
                            query.getSocketAddress()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertThat(network.dnsProblem("127.0.0.1")).isEmpty();
            answering.join();
        }
    }

    @Test
    void anEmptyDataDirectoryHasNoImagesAndNoLedger() throws Exception {
        LocalInstallation installation = new LocalInstallation(directory, Duration.ofSeconds(2));
        assertThat(installation.images()).isEmpty();
        assertThat(installation.ledger()).isEmpty();
        assertThat(installation.probe().reason()).contains("there is no image");
    }

    @Test
    void theLedgerNamesSlotsSessionsAndProcesses() throws Exception {
        try (Database database = Database.open(directory.resolve("execlaw.db"))) {
            ResourceTable table = new ResourceTable(database);
            Ledger ledger = new Ledger(table);
            ledger.enter(new Resource.NetworkSlot("s1"));
            ledger.enter(new Resource.Tap("s1", NetworkPrefix.DEFAULT.slot(1)));
            ledger.enter(new Resource.Vmm("s1", directory, Optional.of(new ProcessIdentity(4711, 1))));
        }
        assertThat(new LocalInstallation(directory, Duration.ofSeconds(4)).ledger())
                .containsExactlyInAnyOrder("fctap1", "s1", "4711");
    }

    private interface Look {
        Finding look() throws IOException, InterruptedException;
    }

    private static Check fixed(String name, Verdict verdict) {
        return check(name, () -> new Finding(verdict, "seen", verdict == Verdict.OK ? "" : "do something"));
    }

    private static Check check(String name, Look look) {
        return new Check() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Finding run(HostFacts host) throws IOException, InterruptedException {
                return look.look();
            }
        };
    }

    private Diagnosis examine(Check... checks) throws InterruptedException {
        HostFacts host = new HostFacts(
                ConfigLoader.withoutFile().load(),
                directory,
                directory,
                InetSocketAddress.createUnresolved("127.0.0.1", 1),
                List.of(),
                Map.of(),
                Clock.systemUTC(),
                new HostPrograms(""),
                new HostNetwork(Map.of()),
                new LocalInstallation(directory, Duration.ofSeconds(2)));
        return new Doctor(List.of(checks), Duration.ofSeconds(2)).examine(host);
    }
}

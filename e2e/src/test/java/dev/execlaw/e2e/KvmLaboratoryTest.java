package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** The product on a host where KVM works, which is made for it: see {@link Laboratory}. Takes minutes. */
@Timeout(1500)
final class KvmLaboratoryTest {

    private static final Logger LOG = LoggerFactory.getLogger(KvmLaboratoryTest.class);
    private static final Duration BOOT = Duration.ofMinutes(10);
    private static final Duration TURN = Duration.ofMinutes(4);

    /**
     * The emulated virtualization breaks down now and then: seen were panics of the outer guest's own kernel, an instruction
     * refused in the middle of what Java had compiled, and an inner guest that rebooted before its first word.
     */
    private static final int LABORATORIES = 3;

    private static final String PATIENT = """
            [vm]
            driver = "%s"
            boot_timeout_s = 900
            probe_timeout_s = 240
            templates = false

            [session]
            checkpoints = false
            """;

    @TempDir
    private Path directory;

    @BeforeEach
    void onThisHostOnly() throws IOException {
        assumeTrue(
                System.getProperty("os.arch").equals("amd64"),
                "skipped: the laboratory emulates AMD's virtualization, which is tried on x86_64 hosts only");
        assumeTrue(
                (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0 && Files.isWritable(Path.of("/run")),
                "skipped: sharing the host's files with the laboratory takes root");
    }

    @Test
    void whereKvmWorksItIsFoundAndASessionRunsOnIt() throws IOException {
        assumeTrue(
                Boolean.getBoolean("execlaw.laboratory.run"),
                "skipped: QEMU's emulation of nested guests breaks down too often to tell of the product; to try it:"
                        + " ./execlaw test e2e -Dtest=KvmLaboratoryTest -Dexeclaw.laboratory.run=true");
        experiment(PATIENT.formatted("qemu"), laboratory -> {
            JsonNode accelerator = laboratory.api().get("/system").path("accelerator");
            assertThat(accelerator.path("kind").asString())
                    .as(accelerator.toString())
                    .isEqualTo("kvm");
            assertThat(accelerator.path("reason").asString()).contains("a probe guest ran under KVM");
            assertThatASessionAnswers(laboratory, "qemu, kvm");
        });
    }

    /** Does it until it succeeds in one laboratory; an experiment that fails in all of them fails. */
    private void experiment(String config, Consumer<Laboratory> experiment) throws IOException {
        List<AssertionError> failures = new ArrayList<>();
        for (int number = 1; number <= LABORATORIES; number++) {
            Path place = Files.createDirectory(directory.resolve("laboratory" + number));
            try (Laboratory laboratory = Laboratory.boot(place, config)) {
                experiment.accept(laboratory);
                return;
            } catch (AssertionError e) {
                String words = Laboratory.breakdown(place).orElse("nothing of its own breakdown");
                LOG.warn("the experiment failed in laboratory {}, which says {}", number, words, e);
                failures.add(e);
            }
        }
        AssertionError last = failures.removeLast();
        failures.forEach(last::addSuppressed);
        throw last;
    }

    /** With {@code ./execlaw test --firecracker FILE}: that very program, in a jail where a jailer is given. */
    @Test
    void aGivenFirecrackerRunsASession() throws IOException {
        String binary = System.getProperty("execlaw.firecracker.binary", "");
        assumeTrue(!binary.isBlank(), "skipped: no Firecracker is given; with one: ./execlaw test --firecracker FILE");
        String jailer = System.getProperty("execlaw.firecracker.jailer", "");
        String config = PATIENT.formatted("firecracker") + "[firecracker]\nbinary = \"" + binary + "\"\njailer = \""
                + (jailer.isBlank() ? "none" : jailer) + "\"\n";
        experiment(config, laboratory -> assertThatASessionAnswers(laboratory, "firecracker, kvm"));
    }

    private static void assertThatASessionAnswers(Laboratory laboratory, String vmm) {
        Api api = laboratory.api();
        // One vCPU: what the other would do is emulated, too.
        String session = api.post(
                        "/sessions", api.object().put("provider", "demo").put("vcpus", 1), 201)
                .path("id")
                .asString();
        laboratory.await("an end of the boot of a session", BOOT, () -> {
            JsonNode seen = api.get("/sessions/" + session);
            return seen.path("agentState").asString().equals("idle")
                    || seen.path("state").asString().equals("failed");
        });
        JsonNode booted = api.get("/sessions/" + session);
        assertThat(booted.path("agentState").asString())
                .as("%s; %s", booted, laboratory.story())
                .isEqualTo("idle");
        assertThat(booted.path("boot").toString()).contains(vmm);

        long before = api.lastSeq(session);
        api.send(session, "run cat /sys/devices/system/clocksource/clocksource0/current_clocksource; echo $((6*7))");
        laboratory.await(
                "the end of the turn",
                TURN,
                () -> api.events(session, before).stream()
                        .anyMatch(event -> Api.type(event).equals("turn_finished")));
        List<JsonNode> turn = api.events(session, before);
        // Only KVM offers this clock to a guest.
        assertThat(Api.text(turn, "tool_result"))
                .as("%s; %s", turn, laboratory.story())
                .contains("kvm-clock", "42");
        api.delete(session);
    }
}

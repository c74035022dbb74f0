package dev.execlaw.microvm.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.Progress;
import dev.execlaw.microvm.machine.Limits;
import dev.execlaw.microvm.network.NetworkPrefix;
import dev.execlaw.microvm.process.Command;
import dev.execlaw.microvm.process.HostProcess;
import dev.execlaw.microvm.template.TemplateOrder.Network;
import dev.execlaw.microvm.wake.WakeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateBuilderTest {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final TemplateTimings PATIENT = TemplateTimings.DEFAULT;
    private static final Duration SHORT = Duration.ofMillis(200);

    @TempDir
    Path data;

    private final ScriptedDriver driver = new ScriptedDriver();
    private final List<String> steps = new ArrayList<>();
    private final Progress progress = new Progress() {
        @Override
        public void begin(String step) {
            steps.add(step);
        }

        @Override
        public void advance(long done, long total, Unit unit) {}

        @Override
        public void note(String line) {
            driver.asked.add("note " + line);
        }

        @Override
        public void end(String step, Duration took) {}
    };
    private TemplateStore store;
    private TemplateOrder order;
    private int built;

    @BeforeEach
    void open() {
        store = new TemplateStore(data);
        order = order("agent --wait\n");
    }

    @Test
    void anImageIsBootedItsAgentStartedAndAllOfItSaved() throws Exception {
        Template template = builder(PATIENT).build(order, false);

        assertThat(driver.asked)
                .containsExactly("cloneDisk", "start", "settle", "pause", "layer", "save", "close", "clear");
        assertThat(steps).containsExactly("disk", "boot", "agent", "settle", "save", "checks");
        assertThat(template.key()).isEqualTo(order.key(driver.signature()));
        assertThat(template.agentWaits()).isTrue();
        assertThat(template.createdAt()).isEqualTo(NOW);
        assertThat(template.disk().path()).hasContent("a disk").hasParent(template.directory());
        assertThat(template.state().devices()).hasContent("devices");
        assertThat(template.state().memory()).hasSize(512);
        assertThat(store.find(template.key())).hasValue(template);
        assertThat(store.verify(template)).isEmpty();
        assertNothingLeft();
    }

    @Test
    void withoutAnAgentTheShellsPromptIsAllThatIsAwaited() throws Exception {
        Template template = builder(PATIENT).build(order(""), false);

        assertThat(template.agentWaits()).isFalse();
        assertThat(steps).containsExactly("disk", "boot", "settle", "save", "checks");
    }

    @Test
    void whatIsThereIsNotBuiltAgainUnlessItIsDamagedOrAskedFor() throws Exception {
        Template first = builder(PATIENT).build(order, false);
        assertThat(builder(PATIENT).build(order, false)).isEqualTo(first);

        Template fresh = builder(PATIENT).build(order, true);
        assertThat(fresh).isNotEqualTo(first);

        Files.writeString(fresh.state().devices(), "devicez", StandardOpenOption.TRUNCATE_EXISTING);
        assertThat(builder(PATIENT).build(order, false)).isNotEqualTo(fresh);
        assertThat(driver.asked).anyMatch(line -> line.contains(fresh.name() + " is damaged: devices has the hash"));
    }

    @Test
    void twoWhoWantTheSameGetOne() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Template> building = () -> builder(PATIENT).build(order, false);
            List<Future<Template>> both = List.of(threads.submit(building), threads.submit(building));
            assertThat(both.get(0).get()).isEqualTo(both.get(1).get());
        }
        assertThat(driver.asked).containsOnlyOnce("start");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cloneDisk", "start", "settle", "pause", "layer", "save"})
    void aStepThatFailsLeavesNothing(String step) throws Exception {
        driver.broken = step;

        assertThatThrownBy(() -> builder(PATIENT).build(order, false))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the script breaks at " + step);
        assertThat(store.list()).isEmpty();
        assertThat(driver.asked.contains("close")).isEqualTo(!step.equals("cloneDisk"));
        assertNothingLeft();
    }

    @Test
    void aGuestThatShowsNoPromptFailsWithItsConsole() throws Exception {
        driver.boot = "Kernel panic\n";

        assertThatThrownBy(() -> builder(impatient()).build(order, false))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("did not show the shell's prompt")
                .hasMessageContaining("Kernel panic");
        assertNothingLeft();
    }

    @Test
    void aMachineThatEndsFailsAtOnce() throws Exception {
        driver.boot = "Power down\n";
        driver.ends = true;

        assertThatThrownBy(() -> builder(PATIENT).build(order, false))
                .hasMessageContaining("the machine ended before the shell's prompt")
                .hasMessageContaining("Power down");
        assertNothingLeft();
    }

    @Test
    void aShellThatDoesNotBeginFailsWithItsConsole() throws Exception {
        driver.answer = "> ";

        assertThatThrownBy(() -> builder(impatient()).build(order, false))
                .hasMessageContaining("did not show the begin of the agent's command")
                .hasMessageContaining(">");
        assertNothingLeft();
    }

    @Test
    void anAgentThatEndsFailsWithItsStatus() throws Exception {
        driver.answer = "\u001b]133;C\u0007not found\n\u001b]133;D;127\u0007\u001b]133;A\u0007# \u001b]133;B\u0007";

        assertThatThrownBy(() -> builder(PATIENT).build(order, false))
                .hasMessageContaining("ended with status 127")
                .hasMessageContaining("not found");
        assertNothingLeft();
    }

    @Test
    void anAgentThatWaitedAndThenEndedIsNotSaved() throws Exception {
        driver.answer = "\u001b]133;C\u0007\u001b]133;D;1\u0007";

        assertThatThrownBy(() -> builder(PATIENT).build(order, false)).hasMessageContaining("ended with status 1");
        assertThat(driver.asked).doesNotContain("save");
        assertNothingLeft();
    }

    @Test
    void whatAKilledBuildLeftIsSweptWithItsVmm() throws Exception {
        Path dead = store.workDirectory();
        Path log = Files.createFile(dead.resolve("console.log"));
        try (HostProcess vmm = HostProcess.start(Command.of("sleep", "600").outputTo(log))) {
            try {
                builder(PATIENT).build(order, false);

                assertThat(vmm.awaitExit(Duration.ofSeconds(10))).isTrue();
                assertThat(dead).doesNotExist();
            } finally {
                vmm.kill(Duration.ofSeconds(10));
            }
        }
    }

    private TemplateBuilder builder(TemplateTimings timings) {
        return new TemplateBuilder(
                store,
                driver,
                progress,
                timings,
                (machine, deadline) -> {
                    driver.asked.add("settle");
                    if (driver.broken.equals("settle")) {
                        throw new WakeException("the script breaks at settle");
                    }
                },
                _ -> {},
                () -> NOW.plusSeconds(built++));
    }

    private static TemplateTimings impatient() {
        return new TemplateTimings(SHORT, SHORT, SHORT, SHORT);
    }

    private TemplateOrder order(String agent) {
        Path files = data.resolve("image");
        Image image = new Image(
                "0123456789abcdef",
                "debian",
                files,
                files.resolve("kernel"),
                null,
                files.resolve("rootfs.ext4"),
                new Image.Agent("reference", "1"));
        return new TemplateOrder(image, 2, 512, Network.TAP, NetworkPrefix.DEFAULT.slot(0), agent, Limits.NONE, null);
    }

    private void assertNothingLeft() throws IOException {
        try (Stream<Path> all = Files.list(store.directory())) {
            assertThat(all.map(path -> path.getFileName().toString()))
                    .allMatch(name -> name.equals("build.lock") || name.matches("[0-9a-f]{32}-[0-9a-f]{8}"));
        }
    }
}

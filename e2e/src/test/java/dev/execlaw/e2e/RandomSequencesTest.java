package dev.execlaw.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random sequences of messages, pauses, ways back, forks and crashes on real machines. After each step the log, the host
 * and what is in the machines must agree.
 *
 * <p>{@code -Dexeclaw.sequences=200} runs so many, {@code -Dexeclaw.first=N} from this seed on, {@code -Dexeclaw.seed=N}
 * one alone.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RandomSequencesTest {

    private static final int LEAST_STEPS = 3;
    private static final int MOST_STEPS = 10;
    private static final int SHOWN = 40;

    private Product product;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        product = Product.instant(Product.dataDirectory(directory), "");
        Api api = product.api();
        api.delete(api.createReady()); // a template is built when there is first something to clone
        Wait.until("a template", Duration.ofMinutes(5), this::hasTemplate);
    }

    private boolean hasTemplate() throws IOException {
        try (Stream<Path> made = Files.walk(product.dataDirectory().resolve("templates"), 2)) {
            return made.anyMatch(file -> file.endsWith("manifest.json"));
        }
    }

    @AfterAll
    void stop() throws InterruptedException {
        product.close();
        assertThat(product.machineProcesses()).isEmpty();
    }

    @TestFactory
    Stream<DynamicTest> everythingAgreesAfterEachStep() {
        Long seed = Long.getLong("execlaw.seed");
        long first = Long.getLong("execlaw.first", 1);
        LongStream seeds = seed == null
                ? LongStream.range(first, first + Integer.getInteger("execlaw.sequences", 4))
                : LongStream.of(seed);
        return seeds.mapToObj(number -> DynamicTest.dynamicTest("seed " + number, () -> run(number)));
    }

    private String said() {
        List<String> lines = product.log().lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - SHOWN), lines.size()));
    }

    private void run(long seed) throws InterruptedException, IOException {
        Sequence sequence = new Sequence(product, seed);
        try {
            sequence.run(LEAST_STEPS + new Random(seed).nextInt(MOST_STEPS - LEAST_STEPS + 1));
        } catch (Exception | AssertionError e) {
            AssertionError failure = new AssertionError(
                    "-Dexeclaw.seed=" + seed + " after these steps:\n" + sequence.told() + "\n" + e
                            + "\nThe server said:\n" + said(),
                    e);
            try {
                if (!product.daemon().isAlive()) {
                    product.restart();
                }
                sequence.clear();
            } catch (IOException | AssertionError again) {
                failure.addSuppressed(again);
            }
            throw failure;
        }
    }
}

package dev.execlaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.eclipse.jetty.client.ContentResponse;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any valid traffic, cut anywhere, gives the log that was meant. A seed is played small before it is played large, so
 * the first failure is its smallest. {@code -Dexeclaw.seed=N} plays one seed, {@code -Dexeclaw.seeds=N} the first N.
 */
class TrafficPropertyTest {

    private static final int[] SIZES = {1, 2, 3, 5, 8, 13};

    static LongStream seeds() {
        Long one = Long.getLong("execlaw.seed");
        return one != null ? LongStream.of(one) : LongStream.rangeClosed(1, Long.getLong("execlaw.seeds", 25L));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anyTrafficInAnyPiecesGivesTheLogThatWasMeant(long seed) throws Exception {
        for (int size : SIZES) {
            play(seed, size);
        }
    }

    private static void play(long seed, int size) throws Exception {
        Random random = new Random(seed * 1_000_003 + size);
        try (GatewayFixture fixture = new GatewayFixture()) {
            List<String> expected = new ArrayList<>();
            for (Play.Step step : new Play(random, size).steps()) {
                fixture.upstream.script((out, _) -> new Wire(random).send(step.answer(), out));
                ContentResponse reply = fixture.request(step.request()).send();
                assertThat(GatewayFixture.text(reply))
                        .as("what the guest got, seed %d, size %d", seed, size)
                        .isEqualTo(step.answer().content());
                expected.addAll(step.log());
                assertThat(told(fixture.traffic.log()))
                        .as("log after %s, seed %d, size %d", step, seed, size)
                        .isEqualTo(expected);
            }
        }
    }

    /** Which call a line is about follows from its place. */
    private static List<String> told(List<String> log) {
        return log.stream()
                .map(line -> line.replaceFirst("^((?:  #\\d+ )?(?:tool_call|tool_result|withdrawn)) #\\d+", "$1"))
                .toList();
    }
}

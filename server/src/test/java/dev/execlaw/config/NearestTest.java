package dev.execlaw.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class NearestTest {

    @Test
    void distancesAreThoseOfLevenshtein() {
        assertThat(Nearest.distance("kitten", "sitting")).isEqualTo(3);
        assertThat(Nearest.distance("", "abc")).isEqualTo(3);
        assertThat(Nearest.distance("same", "same")).isZero();
    }

    @Test
    void onlyWhatIsNearIsNamed() {
        assertThat(Nearest.to("listn", List.of("hosts", "listen"))).contains("listen");
        assertThat(Nearest.to("qqqqqqq", List.of("hosts", "listen"))).isEmpty();
    }
}

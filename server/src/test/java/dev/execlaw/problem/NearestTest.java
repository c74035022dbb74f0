package dev.execlaw.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class NearestTest {

    @Test
    void theNearestIsNamedAndNothingFar() {
        List<String> known = List.of("name", "model", "memoryMiB", "maxTokens");
        assertThat(Nearest.to("modle", known)).contains("model");
        assertThat(Nearest.to("memorymib", known)).contains("memoryMiB");
        assertThat(Nearest.to("max_tokens", known)).contains("maxTokens");
        assertThat(Nearest.to("zzzzzz", known)).isEmpty();
        assertThat(Nearest.to("", known)).isEmpty();
    }
}

package dev.execlaw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BuildIdTest {

    @Test
    void resourceAndClassOfOneBuildAgree() {
        BuildId build = BuildId.current();
        assertThat(build.version()).matches("\\d+\\.\\d+\\.\\d+");
        assertThat(build.id()).doesNotContain("@");
    }

    @ParameterizedTest
    @CsvSource({"old,new,new", "new,old,new", "new,new,old"})
    void anotherBuildsClassesAreRefused(String resource, String compiled, String launcher) {
        assertThatThrownBy(() -> BuildId.agree("1.0.0", resource, compiled, launcher))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("old")
                .hasMessageContaining("new");
    }
}
